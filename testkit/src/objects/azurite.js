// Keeps one Azurite for one test process: azurite.js FOLDER-OF-MODULES
//
// It says "ready URL". Then each line of standard input is a command, answered by a line:
// "bucket NAME" makes a container, "keys NAME" lists it, "cut NAME KEY" leaves half of an object, and
// "drop NAME" removes the container. When standard input closes, because the test process ended, so
// does the server.
"use strict";

const modules = process.argv[1];
const { BlobServiceClient } = require(`${modules}/@azure/storage-blob`);
const KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

async function answer(service, command, name, key) {
  const container = service.getContainerClient(name);
  if (command === "bucket") await container.create();
  else if (command === "cut") {
    const blob = container.getBlockBlobClient(key);
    const content = await blob.downloadToBuffer();
    const half = content.length >> 1;
    await blob.upload(content.subarray(0, half), half);
  } else if (command === "drop") await container.deleteIfExists();
  else {
    const keys = [];
    for await (const blob of container.listBlobsFlat()) keys.push(blob.name);
    return keys;
  }
  return [];
}

async function serve(url) {
  const account = "devstoreaccount1";
  const service = BlobServiceClient.fromConnectionString(
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${KEY};` +
      `BlobEndpoint=${url}/${account};`,
  );
  const lines = require("readline").createInterface({ input: process.stdin });
  console.log(`ready ${url}`);
  for await (const line of lines) {
    console.log(["done", ...(await answer(service, ...line.split(" ")))].join(" "));
  }
  process.exit(0);
}

// It tells the port that it got only on its console.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text, ...rest) => {
  const url = /successfully listens on (http:\S+)/.exec(text);
  const written = write(text, ...rest);
  if (url) serve(url[1]);
  return written;
};
process.argv = [
  process.argv[0],
  "azurite-blob",
  ...["--blobHost", "127.0.0.1", "--blobPort", "0"],
  ...["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"],
];
require(`${modules}/azurite/dist/src/blob/main.js`);
