class Queue:
    def __init__(self, jobs):
        self.jobs = jobs

    def clean(self, limit):
        if limit:

            # old ones
            self.jobs[:] = [job for job in self.jobs if job]
        self.jobs[:] = [job_ for job_ in self.jobs if not (job_ > limit or job_ == 3)]
        return self.jobs


CALLS = ["Queue([0, 1, 2, 0, 5, 3]).clean(2)", "Queue([]).clean(1)", "Queue([1, 0]).clean(0)", "Queue(3).clean(1)"]
