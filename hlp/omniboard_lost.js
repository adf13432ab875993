// When MongoDB is away for more than half a minute, Omniboard gives up but goes on running, and
// answers with errors even when the database is back. Preloaded into Node, this ends it instead, so
// that whatever started it can start it again:
//
//     node --require ./hlp/omniboard_lost.js node_modules/omniboard/dist/start.js
"use strict";

const { EventEmitter } = require("node:events");

const emit = EventEmitter.prototype.emit;

// MongoDB's driver emits it after its last try; Omniboard does not listen.
EventEmitter.prototype.emit = function (event, ...details) {
  if (event === "reconnectFailed") {
    console.error("MongoDB is gone and has not come back; Omniboard ends.");
    process.exit(1);
  }
  return emit.call(this, event, ...details);
};
