// Verifies keys with better-auth's plug-in behind Node's own server, one process a worker.
// `node server.mjs migrate` makes its tables. PEER_DATABASE_URL says where; PEER_LIMIT
// switches its rate limit on, with one that is never reached.
import cluster from "node:cluster";
import http from "node:http";
import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import pg from "pg";

const DAY = 24 * 3600 * 1000;
const {
  PEER_DATABASE_URL,
  PEER_LIMIT,
  PEER_PORT,
  PEER_SECRET_KEY,
  PEER_WORKERS = "1",
} = process.env;

const pool = new pg.Pool({ connectionString: PEER_DATABASE_URL, max: 10 });
const options = {
  database: pool,
  secret: PEER_SECRET_KEY,
  baseURL: `http://127.0.0.1:${PEER_PORT}`,
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [
    apiKey({
      rateLimit: {
        enabled: Boolean(PEER_LIMIT),
        timeWindow: DAY,
        maxRequests: 1_000_000_000,
      },
    }),
  ],
};

async function migrate() {
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  await pool.end();
}

function lead() {
  for (let n = 0; n < Number(PEER_WORKERS); n += 1) cluster.fork();
  const stop = () => {
    for (const worker of Object.values(cluster.workers)) worker.kill();
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function serve() {
  const auth = betterAuth(options);
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", async () => {
      const { status, body } = await verdict(auth, Buffer.concat(parts).toString());
      response.writeHead(status, {
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(body),
      });
      response.end(body);
    });
  });
  server.listen(Number(PEER_PORT), "127.0.0.1");
}

async function verdict(auth, text) {
  try {
    const { valid } = await auth.api.verifyApiKey({ body: JSON.parse(text) });
    return { status: valid ? 200 : 403, body: JSON.stringify({ allowed: valid }) };
  } catch (error) {
    console.error(error);
    return { status: 500, body: "{}" };
  }
}

if (process.argv[2] === "migrate") await migrate();
else if (cluster.isPrimary) lead();
else serve();
