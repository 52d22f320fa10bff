// A push query for the clients that only run statements: DECLARE, then FETCH, cancelled from elsewhere.
"use strict";
const { TAIL_SQL } = require("./cells.js");

// run takes SQL and gives its rows, always on one connection.
async function* fetched(run) {
  await run("BEGIN");
  try {
    await run(`DECLARE follow CURSOR FOR ${TAIL_SQL}`);
    for (let rows; (rows = await run("FETCH 10 FROM follow")).length > 0;) yield* rows;
  } finally {
    await run("ROLLBACK");
  }
}

module.exports = { fetched };
