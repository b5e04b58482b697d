"""Client requests to valgrind's callgrind without a C compiler: a few bytes of machine code called through ctypes.

The magic instruction sequences are those of valgrind.h ("special instruction preamble"), which do nothing on a real
processor. Partner: `region.py` toggles the counter around the benchmarked call.
"""

import ctypes
import mmap
import os

_CODE = {
    # mov rax, rdi; xor edx, edx; rol rdi, 3; rol rdi, 13; rol rdi, 61; rol rdi, 51; xchg rbx, rbx; mov rax, rdx; ret
    "x86_64": "4889f831d248c1c70348c1c70d48c1c73d48c1c7334887db4889d0c3",
    # mov x4, x0; mov x3, xzr; ror x12, x12, 3; 13; 51; 61; orr x10, x10, x10; mov x0, x3; ret
    "aarch64": "e40300aae3031faa8c0dcc938c35cc938ccdcc938cf5cc934a010aaae00303aac0035fd6",
}
ENV = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
"""For whatever is counted: with caches of its own in front, glibc's allocator takes more or fewer steps for a block
according to what was freed before the call began: 1.3 % of a call that it made 4,000 times (glibc 2.43)."""
_TOOL = (ord("C") << 24) | (ord("T") << 16)
_RUNNING_ON_VALGRIND = 0x1001
_ZERO, _DUMP_AT, _START, _STOP = _TOOL + 1, _TOOL + 3, _TOOL + 4, _TOOL + 5


class Callgrind:
    """The counter of this process; `start` and `stop` bound what is counted."""

    def __init__(self, out_prefix):
        self._prefix, self._dumps = out_prefix, 0
        self._memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self._memory.write(bytes.fromhex(_CODE[os.uname().machine]))
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        function = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)(address)
        self._function = function
        self._requests = {}
        for code in (_RUNNING_ON_VALGRIND, _ZERO, _START, _STOP):
            self._requests[code] = (ctypes.c_uint64 * 6)(code, 0, 0, 0, 0, 0)
        self.start = self._bound(_START)
        self.stop = self._bound(_STOP)
        self.zero = self._bound(_ZERO)

    def _bound(self, code):
        function, address = self._function, ctypes.addressof(self._requests[code])
        return lambda: function(address)

    def running(self):
        """Whether this process runs under valgrind."""
        return bool(self._bound(_RUNNING_ON_VALGRIND)())

    def read(self):
        """Instructions counted since `zero`; written by valgrind to a file and read back."""
        name = ctypes.create_string_buffer(b"region")
        request = (ctypes.c_uint64 * 6)(_DUMP_AT, ctypes.addressof(name), 0, 0, 0, 0)
        self._function(ctypes.addressof(request))
        self._dumps += 1
        path = "%s.%d.%d" % (self._prefix, os.getpid(), self._dumps)
        with open(path) as lines:
            total = next(int(line.split()[1]) for line in lines if line.startswith("totals:"))
        os.unlink(path)
        return total
