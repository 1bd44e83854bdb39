"""Keeps one mail server for one test: it does what it is told, conversation by conversation.

It says "ready PORT". Then each line of standard input is a command, answered by a line that begins
with "done": "next VERB WHAT" adds what the next conversation does at a verb ("greeting", "EHLO",
"MAIL", "RCPT", "DATA" or "dot"): a code to answer and words behind it, "silent", "drip", or "cut". At
the dot the last three come after the message was kept. A conversation that nothing was said about takes its message.
"mails" answers how many conversations there were, and what was kept: ADDRESS:HEX each. When standard
input closes, because the test process ended, so does the server.
"""

import asyncio
import sys

from aiosmtpd.smtp import SMTP

SCRIPT = []
KEPT = []
CONVERSATIONS = 0


class Scripted(SMTP):
    async def _handle_client(self):
        global CONVERSATIONS
        CONVERSATIONS += 1
        self.verb, *what = SCRIPT.pop(0) if SCRIPT else (None,)
        self.what = " ".join(what)
        if not await self.acts("greeting"):
            await super()._handle_client()

    async def acts(self, verb):
        if self.verb != verb:
            return False
        if self.what == "cut":
            self.transport.abort()
        elif self.what[:3].isdigit():
            await self.push(f"{self.what} as scripted")
            if self.what.startswith("421"):
                self.transport.close()
            return True
        while True:
            # Until the client goes, which cancels this.
            await asyncio.sleep(0.02 if self.what == "drip" else 3600)
            self._writer.write(b"2")

    async def smtp_EHLO(self, arg):
        if not await self.acts("EHLO"):
            await super().smtp_EHLO(arg)

    async def smtp_MAIL(self, arg):
        if not await self.acts("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):
        if not await self.acts("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg):
        if not await self.acts("DATA"):
            await super().smtp_DATA(arg)


class Keeper:
    async def handle_DATA(self, server, session, envelope):
        if server.verb == "dot" and server.what[:3].isdigit():
            return f"{server.what} as scripted"
        KEPT.append(":".join([",".join(envelope.rcpt_tos), envelope.original_content.hex()]))
        await server.acts("dot")
        return "250 kept"


def answer(command, *words):
    if command == "next":
        SCRIPT.append(words)
        return []
    return [str(CONVERSATIONS), *KEPT]


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Scripted(Keeper(), loop=loop), "127.0.0.1", 0)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print("done", *answer(*line.split()), flush=True)


asyncio.run(serve())
