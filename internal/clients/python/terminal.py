"""A program on a terminal of its own, as a person would run it."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
import threading
import time

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[=>()].?|\r")


class Terminal:
    def __init__(self, args, **env):
        self.master, slave = pty.openpty()
        mode = termios.tcgetattr(slave)
        mode[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, mode)
        termios.tcsetwinsize(slave, (50, 200))

        def own():  # the terminal is the one that Ctrl-C comes from
            os.setsid()
            import fcntl
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(args, stdin=slave, stdout=slave, stderr=slave, env={**os.environ, "TERM": "dumb", **env}, preexec_fn=own)
        os.close(slave)
        self.text = ""

    def type(self, text):
        os.write(self.master, text.encode())

    def interrupt(self):
        self.type("\x03")

    def lines(self, seconds=10):
        """Gives whole lines as they come, until nothing has come for so long."""
        while True:
            while "\n" in self.text:
                line, self.text = self.text.split("\n", 1)
                yield ESCAPES.sub("", line).strip()
            ready, _, _ = select.select([self.master], [], [], seconds)
            if not ready:
                raise TimeoutError(f"nothing on the terminal for {seconds} s, after {self.text!r}")
            try:
                data = os.read(self.master, 1 << 16)
            except OSError:
                return
            if not data:
                return
            self.text += data.decode(errors="replace")

    def until(self, pattern, seconds=10):
        """The first line that matches."""
        for line in self.lines(seconds):
            found = re.search(pattern, line)
            if found:
                return found
        raise EOFError(f"the program ended before {pattern}")

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


def later(seconds, act):
    threading.Timer(seconds, act).start()
