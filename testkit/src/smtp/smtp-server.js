// Keeps one mail server for one test that speaks TLS and wants a password:
// smtp-server.js FOLDER-OF-MODULES CERTIFICATE KEY
//
// It says "ready PORT PORT": of STARTTLS, and of TLS from the first byte. "mails" on standard input is
// answered by "done", how many conversations there were, and what was taken: ADDRESS:HEX each. When
// standard input closes, because the test process ended, so does the server.
"use strict";

const fs = require("fs");
const [, modules, certificate, key] = process.argv;
const { SMTPServer } = require(`${modules}/smtp-server`);

const taken = [];
let conversations = 0;

function start(secure) {
  const server = new SMTPServer({
    secure,
    cert: fs.readFileSync(certificate),
    key: fs.readFileSync(key),
    disableReverseLookup: true,
    onConnect(session, done) {
      conversations += 1;
      done();
    },
    onAuth(auth, session, done) {
      const good = session.secure && auth.username === "ada" && auth.password === "p@ss/w";
      done(good ? null : new Error("wrong"), { user: "ada" });
    },
    onData(stream, session, done) {
      const parts = [];
      stream.on("data", (part) => parts.push(part));
      stream.on("end", () => {
        const to = session.envelope.rcptTo.map((it) => it.address).join(",");
        taken.push(`${to}:${Buffer.concat(parts).toString("hex")}`);
        done();
      });
    },
  });
  server.on("error", (error) => console.error(String(error)));
  return new Promise((ready) => {
    const listening = server.listen(0, "127.0.0.1", () => ready(listening.address().port));
  });
}

async function serve() {
  console.log(`ready ${await start(false)} ${await start(true)}`);
  const lines = require("readline").createInterface({ input: process.stdin });
  for await (const _ of lines) console.log(["done", conversations, ...taken].join(" "));
  process.exit(0);
}

serve();
