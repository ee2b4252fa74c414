#!/usr/bin/env python3
"""System calls are made in include/modsig/os/ and nowhere else in the library or its examples: a scan over the tokens, without
comments and strings. system_calls.py SOURCE_ROOT"""
import os
import re
import sys

# What opens, reads, writes, maps, waits, starts or changes something: as a system call or by a name of the C or C++ library.
CALLS = """open openat creat close fopen freopen fdopen tmpfile mkstemp read pread preadv readv write pwrite pwritev writev lseek dup dup2 dup3 pipe pipe2
    fork vfork _Fork clone execv execve execvp execvpe posix_spawn popen system waitpid waitid wait4 kill
    mmap mremap mprotect munmap madvise mlock mlockall memfd_create poll ppoll select epoll_create1 epoll_wait eventfd signalfd inotify_init1 inotify_add_watch
    socket socketpair send recv sendmsg recvmsg fcntl ioctl prctl ptrace syscall setrlimit
    link linkat symlink symlinkat unlink unlinkat rename renameat renameat2 mkdir mkdirat mkfifo mknod fsync fdatasync ftruncate fallocate sendfile copy_file_range
    fchmod fchmodat fchown fchownat utimensat futimens fgetxattr fsetxattr flistxattr fremovexattr getxattr setxattr opendir fdopendir readdir getrandom""".split()
TYPES = "ifstream ofstream fstream".split()

# Not C++ programs on Linux, or not ours: they cannot include os/.
ELSEWHERE = {
    "examples/c-host": "C, as the hosts that it stands for",
    "examples/kbuild": "modules of the Linux kernel",
    "examples/firmware": "freestanding: no system to call",
    "examples/signed-plugins/plugins": "plugins",
}

TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
# `::open(`, or a call of a bare name that is no member, no definition and of no namespace; the C library's are called either way.
CALL = re.compile(r"(?:(?<![\w>])::\s*|(?<![\w:.>~])(?<!->))(" + "|".join(CALLS) + r")\s*\(")
TYPE = re.compile(r"\b(?:std|fs|filesystem)::(?:filesystem::)?(" + "|".join(TYPES) + r")\b")
GLOBAL_ONLY = set(CALLS) - {"fopen", "freopen", "fdopen", "tmpfile", "mkstemp", "popen", "fork", "mmap", "execve", "execvp", "memfd_create", "ioctl", "fcntl", "socketpair"}


def calls_in(text):
    bare = TOKENS.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    for found in CALL.finditer(bare):
        is_global = "::" in found.group()
        if is_global or found.group(1) not in GLOBAL_ONLY:
            yield bare.count("\n", 0, found.start()) + 1, found.group(1)
    for found in TYPE.finditer(bare):
        yield bare.count("\n", 0, found.start()) + 1, found.group(1)


def main():
    root = sys.argv[1]
    assert [name for _, name in calls_in("x = ::open(p); f.open(p); y::open(p); // ::read(\n s = \"::mmap(\"; ::poll (a); void open(int); std::ifstream z;")] == ["open", "poll", "ifstream"]
    faults, scanned = [], 0
    for top in "include/modsig", "examples":
        for folder, _, names in os.walk(os.path.join(root, top)):
            here = os.path.relpath(folder, root)
            if here.startswith("include/modsig/os") or any(here == other or here.startswith(other + "/") for other in ELSEWHERE):
                continue
            for name in sorted(names):
                if not name.endswith((".hpp", ".cpp", ".h", ".c")):
                    continue
                scanned += 1
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    faults += [f"{here}/{name}:{line}: {call}" for line, call in calls_in(file.read())]
    print("\n".join(faults))
    print(f"{scanned} files, {len(faults)} calls outside of include/modsig/os/")
    return 1 if faults or scanned < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
