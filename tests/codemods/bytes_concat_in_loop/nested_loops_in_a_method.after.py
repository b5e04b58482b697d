class Frame:
    def pack(self, rows):
        out = bytearray()
        while rows:
            for cell in rows.pop():
                out += cell
        sent = self.send(bytes(out))
        return sent

    def send(self, data):
        return type(data), data


CALLS = ["Frame().pack([])", "Frame().pack([[b'a'], [b'b', b'c']])", "Frame().pack([[None]])"]
