// The life of a course on what the demo has by itself, SQLite and a folder, and then, where they are given, on
// PostgreSQL (JHAAS_TEST_POSTGRES_URL; its programs in JHAAS_TEST_POSTGRES_BIN when they are not in the path) and S3
// (AWS_…, JHAAS_S3_BUCKET), with a mail server (JHAAS_TEST_SMTP_…) where there is one. There leader and governance have
// no script in their browsers.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { live } from "./life.mjs";

const { env } = process;
const needed = [
  "JHAAS_TEST_POSTGRES_URL",
  "AWS_ENDPOINT_URL_S3",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "JHAAS_S3_BUCKET",
];
const missing = needed.filter((name) => !env[name]);
const skip = missing.length > 0 && `not set: ${missing.join(", ")}`;
if (skip && env.JHAAS_TEST_REQUIRE_SERVICES) throw new Error(skip);
const timeout = 420_000;

// One after the other: how soon somebody is out is measured.
test("a course lives from request to removal on SQLite and a folder", { timeout }, (t) =>
  live(t, "life-sqlite-folder", { verb: "Reject" }),
);

test("a course lives from request to removal on PostgreSQL and S3", { timeout, skip }, async (t) => {
  const own = `jhaas_e2e_${randomBytes(6).toString("hex")}`;
  const database = new URL(env.JHAAS_TEST_POSTGRES_URL);
  database.pathname = `/${own}`;
  await sql(`create database ${own}`);
  // Ends the connections that may be open.
  t.after(() => sql(`drop database ${own} with (force)`));
  const settings = {
    JHAAS_DATABASE__URL: database.href,
    JHAAS_OBJECTS__KIND: "s3",
    JHAAS_OBJECTS__ENDPOINT: env.AWS_ENDPOINT_URL_S3,
    JHAAS_OBJECTS__REGION: env.AWS_REGION ?? "us-east-1",
    JHAAS_OBJECTS__BUCKET: env.JHAAS_S3_BUCKET,
    JHAAS_OBJECTS__ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID,
    JHAAS_OBJECTS__SECRET_ACCESS_KEY: env.AWS_SECRET_ACCESS_KEY,
    JHAAS_OBJECTS__PREFIX: own,
  };
  const mailbox = env.JHAAS_TEST_SMTP_HOST && { folder: join(env.JHAAS_TEST_SMTP_MAILDIR, "new"), from: `${own}@demo.example` };
  if (mailbox) Object.assign(settings, mailServer(mailbox.from));
  await live(t, "life-postgres-s3", { settings, script: false, mailbox });
});

function mailServer(from) {
  return {
    JHAAS_MAIL__TRANSPORT: "smtp",
    JHAAS_MAIL__HOST: env.JHAAS_TEST_SMTP_HOST,
    JHAAS_MAIL__PORT: env.JHAAS_TEST_SMTP_PORT,
    JHAAS_MAIL__SECURITY: "starttls",
    JHAAS_MAIL__USER: env.JHAAS_TEST_SMTP_USER,
    JHAAS_MAIL__PASSWORD: env.JHAAS_TEST_SMTP_PASSWORD,
    JHAAS_MAIL__CA_FILE: env.JHAAS_TEST_CA_CERT,
    JHAAS_MAIL__FROM: `JHaaS <${from}>`,
  };
}

async function sql(command) {
  const program = env.JHAAS_TEST_POSTGRES_BIN ? join(env.JHAAS_TEST_POSTGRES_BIN, "psql") : "psql";
  await promisify(execFile)(program, [env.JHAAS_TEST_POSTGRES_URL, "--quiet", "--command", command]);
}
