// Checks that what the runtime tells of its routes is an OpenRPC document.
//
//     npm ci && node validate.mjs http://127.0.0.1:27718/ipc/rpc.discover
//     oroc routes --format openrpc | node validate.mjs
import { text } from "node:stream/consumers";
import { parseOpenRPCDocument } from "@open-rpc/schema-utils-js";

const [url] = process.argv.slice(2);
const json = url
  ? (await (await fetch(url)).json()).data
  : JSON.parse(await text(process.stdin));
// Throws, naming each error, unless the document fits the meta schema and its references resolve.
const document = await parseOpenRPCDocument(json);
const without = document.methods.filter((method) => !method["x-curl"]?.startsWith("curl "));
if (without.length > 0) {
  throw new Error(`no curl line: ${without.map((method) => method.name).join(", ")}`);
}
console.log(`OpenRPC ${document.openrpc}: ${document.methods.length} methods, all with a curl line`);
