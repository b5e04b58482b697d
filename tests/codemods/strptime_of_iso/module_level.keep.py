from datetime import datetime

X = datetime.strptime('2024-01-01', '%Y-%m-%d')
