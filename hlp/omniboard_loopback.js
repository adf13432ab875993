// Omniboard listens on every network interface and asks for no password. Preloaded into Node, this
// makes whatever the process serves reachable from this machine only:
//
//     node --require ./hlp/omniboard_loopback.js node_modules/omniboard/dist/start.js
"use strict";

const net = require("node:net");

const LOOPBACK = "127.0.0.1";
const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (where, ...rest) {
  // listen({port, host}), and not listen({path}), which is a socket in the file system.
  if (where !== null && typeof where === "object" && "port" in where) {
    return listen.call(this, { ...where, host: LOOPBACK }, ...rest);
  }
  // listen(port, [host], [backlog], [callback]); a port may be a text of digits.
  if (/^\d+$/.test(where)) {
    const others = typeof rest[0] === "string" ? rest.slice(1) : rest;
    return listen.call(this, where, LOOPBACK, ...others);
  }
  return listen.call(this, where, ...rest);
};
