// A portal on a real cluster as an operator installs it: the platform configuration is applied from nothing, with
// database, buckets and mail server outside, and destroyed without a trace.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "./portal.mjs";

const { env } = process;
const run = promisify(execFile);
const deploy = new URL("../../deploy/", import.meta.url).pathname;
const own = `jhaas-e2e-${randomBytes(4).toString("hex")}`;
const password = "a password of the journey";
const domain = "jhaas.test";

/** What must be there, besides a browser. */
export const needed = [
  "JHAAS_TEST_KUBECONFIG",
  "JHAAS_TEST_TOFU",
  "JHAAS_TEST_PORTAL_IMAGE",
  "JHAAS_TEST_WORKER_IMAGE",
  "JHAAS_TEST_CLUSTER_HOST",
  "JHAAS_TEST_CLUSTER_INGRESS",
  "JHAAS_TEST_POSTGRES_URL",
  "AWS_ENDPOINT_URL_S3",
  "JHAAS_S3_BUCKET",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "JHAAS_TEST_SMTP_HOST",
  "JHAAS_TEST_SMTP_PORT",
  "JHAAS_TEST_SMTP_USER",
  "JHAAS_TEST_SMTP_PASSWORD",
  "JHAAS_TEST_SMTP_MAILDIR",
  "JHAAS_TEST_CA_CERT",
];

/** For browsers: all names of the portal and its hubs lead to the Ingress. */
export const names = `--host-resolver-rules=MAP *.${domain} ${env.JHAAS_TEST_CLUSTER_INGRESS?.split(":")[0]}`;

export class Cluster {
  static async install(t) {
    const cluster = new Cluster();
    t.after(() => cluster.remove());
    await cluster.applied(t);
    return cluster;
  }

  url = `http://${own}.${domain}`;
  password = password;
  forwards = [];
  from = `${own}@demo.example`;

  hub(slug) {
    return `http://${slug}.${domain}`;
  }

  async applied(t) {
    this.folder = await mkdtemp(join(tmpdir(), "jhaas-platform-"));
    for (const name of ["platform", "chart"]) {
      const filter = (from) => !from.includes("/.terraform");
      await cp(join(deploy, name), join(this.folder, name), { recursive: true, filter });
    }
    await sql(`create database "${own}"`);
    this.hasDatabase = true;
    const variables = join(this.folder, "platform/journey.auto.tfvars.json");
    await writeFile(variables, JSON.stringify(await this.variables()), { mode: 0o600 });
    await this.tofu("init");
    this.isApplied = true;
    await this.tofu("apply", "-auto-approve");
    const state = await readFile(join(this.folder, "platform/terraform.tfstate"), "utf8");
    for (const secret of [env.AWS_SECRET_ACCESS_KEY, env.JHAAS_TEST_SMTP_PASSWORD]) {
      assert.ok(!state.includes(secret), "a secret is in the state in the clear");
    }
    t.diagnostic("the platform is applied");
    // 2 would say that there is something to do.
    await this.tofu("plan", "-detailed-exitcode");
  }

  async variables() {
    const [host, image] = [env.JHAAS_TEST_CLUSTER_HOST, (name) => parsed(env[name])];
    const database = new URL(env.JHAAS_TEST_POSTGRES_URL);
    const [, , port] = await this.forward(database.hostname, Number(database.port || 5432));
    Object.assign(database, { hostname: host, port, pathname: `/${own}` });
    const s3 = new URL(env.AWS_ENDPOINT_URL_S3);
    const [, , s3Port] = await this.forward(s3.hostname, Number(s3.port));
    const bucket = { endpoint: `http://${host}:${s3Port}`, region: env.AWS_REGION, bucket: env.JHAAS_S3_BUCKET };
    return {
      portal_cluster: { kubeconfig: env.JHAAS_TEST_KUBECONFIG },
      namespace: own,
      url: this.url,
      hubs_domain: domain,
      images: { portal: image("JHAAS_TEST_PORTAL_IMAGE"), worker: image("JHAAS_TEST_WORKER_IMAGE") },
      catalogue: [{ key: "python", title: "Python", description: "Python 3", image: "localhost/jupyter:test" }],
      database_url: database.href,
      objects: { ...bucket, states_bucket: bucket.bucket, prefix: `${own}/objects`, states_prefix: `${own}/states` },
      objects_key: { id: env.AWS_ACCESS_KEY_ID, secret: env.AWS_SECRET_ACCESS_KEY },
      secrets: { "mail.user": env.JHAAS_TEST_SMTP_USER, "mail.password": env.JHAAS_TEST_SMTP_PASSWORD },
      config: {
        portal: { time_zone: "Europe/Berlin" },
        schedule: { grace_days: 0 },
        // What does not start in so long, does not start on a small cluster; it is tried again.
        hubs: { server_start_timeout_seconds: 60 },
        tofu: { environment: { PROVIDER_DOUBLE_MODE: "live", PROVIDER_DOUBLE_FAULTS: "1" } },
        cluster: {
          chart: env.JHAAS_HUB_CHART ? {} : { name: "./tests/charts/jupyterhub", version: "0.1.0" },
          timeout_seconds: 120,
          pre_pull: false,
        },
        jobs: { cpu: "500m" },
        mail: { ...(await this.mailServer()), from: `JHaaS <${this.from}>` },
      },
      values: [
        JSON.stringify({
          portal: { resources: { requests: { cpu: "20m", memory: "64Mi" } } },
          files: { "mail.pem": await readFile(env.JHAAS_TEST_CA_CERT, "utf8") },
        }),
      ],
    };
  }

  /** The mail server of this machine by a name that its certificate has: in the cluster that leads to the node. */
  async mailServer() {
    const [, address, port] = await this.forward(env.JHAAS_TEST_SMTP_HOST, Number(env.JHAAS_TEST_SMTP_PORT));
    const metadata = { name: own, namespace: "default", labels: { "app.kubernetes.io/part-of": own } };
    const ports = [{ name: "smtp", port, protocol: "TCP" }];
    const service = { apiVersion: "v1", kind: "Service", metadata, spec: { type: "NodePort", ports } };
    const endpoints = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { ...metadata.labels, "kubernetes.io/service-name": own } },
      addressType: "IPv4",
      endpoints: [{ addresses: [address] }],
      ports,
    };
    const list = join(this.folder, "mail.json");
    await writeFile(list, JSON.stringify({ apiVersion: "v1", kind: "List", items: [service, endpoints] }));
    this.hasService = true;
    await kubectl("apply", "--filename", list);
    const nodePort = await kubectl("get", "service", own, "--output", "jsonpath={.spec.ports[0].nodePort}");
    return {
      transport: "smtp",
      host: `mail.${domain}`,
      port: Number(nodePort),
      security: "starttls",
      ca_file: "/etc/jhaas/mail.pem",
    };
  }

  /** Makes a port of this machine known to pods; gives the listener with the address that they see. */
  async forward(host, port) {
    const server = createServer((from) => {
      const to = connect(port, host);
      for (const [one, other] of [[from, to], [to, from]]) {
        one.on("error", () => other.destroy()).on("close", () => other.destroy()).pipe(other);
      }
    });
    server.listen(0, env.JHAAS_TEST_CLUSTER_HOST);
    await once(server, "listening");
    this.forwards.push(server);
    return [server, env.JHAAS_TEST_CLUSTER_HOST, server.address().port];
  }

  async tofu(...words) {
    const variables = { TF_VAR_state_passphrase: "a passphrase of the journey", PROVIDER_DOUBLE_MODE: "live" };
    const options = { cwd: join(this.folder, "platform"), env: { ...env, ...variables }, timeout: 300_000 };
    return run(env.JHAAS_TEST_TOFU, [...words, "-input=false", "-no-color"], options).catch((error) => {
      throw new Error(`tofu ${words.join(" ")}: ${error.code ?? error.signal}\n${error.stdout}\n${error.stderr}`);
    });
  }

  /** Somebody whose account the operator makes; gives the link by which they choose a password. */
  async createAccount(name, fullName, role) {
    const words = ["admin", "create", `${name}@demo.example`, "--name", fullName, ...(role ? ["--role", role] : [])];
    const said = await kubectl("--namespace", own, "exec", "deploy/jhaas", "--", "/usr/bin/jhaas", ...words);
    const [link] = said.match(/http\S+/) ?? assert.fail(said);
    return link;
  }

  async doctor() {
    const doctor = ["/usr/bin/jhaas", "doctor", "--for", "serve", "--json"];
    const said = await kubectl("--namespace", own, "exec", "deploy/jhaas", "--", ...doctor);
    return JSON.parse(said);
  }

  /** The same for the dispatcher, with its account and secrets, as the documentation says it. */
  async doctorOfDispatcher() {
    const job = ["create", "job", "doctor", "--from=cronjob/jhaas-dispatcher", "--dry-run=client", "--output=json"];
    const made = JSON.parse(await kubectl("--namespace", own, ...job));
    made.spec.template.spec.containers[0].args = ["doctor", "--for", "dispatch", "--json"];
    made.spec.backoffLimit = 0;
    const file = join(this.folder, "doctor.json");
    await writeFile(file, JSON.stringify(made));
    await kubectl("--namespace", own, "create", "--filename", file);
    const said = await until("what the doctor says", 90, async () => {
      const log = await kubectl("--namespace", own, "logs", "job/doctor").catch(() => "");
      return log.trim().endsWith("}") && log;
    });
    await kubectl("--namespace", own, "delete", "job", "doctor");
    return JSON.parse(said.slice(said.indexOf("{")));
  }

  async mails() {
    const folder = join(env.JHAAS_TEST_SMTP_MAILDIR, "new");
    const all = await Promise.all((await readdir(folder)).sort().map((name) => readFile(join(folder, name), "utf8")));
    return all.filter((mail) => mail.includes(`<${this.from}>`));
  }

  /** Whatever carries the course's label, or ours. */
  async traces(label) {
    const kinds = "namespaces,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings,priorityclasses,persistentvolumes";
    const inside = "pods,services,secrets,configmaps,persistentvolumeclaims,ingresses,networkpolicies,jobs";
    const wide = await kubectl("get", kinds, "--selector", label, "--output=name");
    const deep = await kubectl("get", inside, "--all-namespaces", "--selector", label, "--output=name");
    return `${wide}${deep}`.split("\n").filter((line) => line);
  }

  /** The last words of all pods, for whoever looks at a failure. */
  async said() {
    const pods = (await kubectl("--namespace", own, "get", "pods", "--output=name")).split("\n").filter((pod) => pod);
    const logs = pods.map((pod) => kubectl("--namespace", own, "logs", pod, "--tail=20").catch(({ message }) => message));
    return (await Promise.all(logs)).map((log, index) => `${pods[index]}:\n${log}`).join("\n");
  }

  async destroyed() {
    await this.tofu("destroy", "-auto-approve");
    this.isApplied = false;
    const all = "namespaces,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings";
    const left = `${await kubectl("get", all, "--output=name")}${await kubectl("get", "secrets", "--output=name")}`;
    const ours = left.split("\n").filter((name) => name.includes(own));
    assert.deepEqual(ours, [], "nothing is left of the platform");
  }

  async remove() {
    if (this.isApplied) await this.tofu("destroy", "-auto-approve").catch(({ message }) => console.error(message));
    // Hubs are not in the platform's state: one that a failed journey has left goes here.
    if (this.slug) await kubectl("delete", "namespaces", "--selector", `jhaas.org/slug=${this.slug}`);
    if (this.hasService) await kubectl("delete", "service,endpointslice", own, "--ignore-not-found");
    this.forwards.forEach((server) => server.close());
    if (this.hasDatabase) await sql(`drop database "${own}" with (force)`);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A reference to an image, as values name it. */
function parsed(reference) {
  const end = reference.lastIndexOf(":");
  return { repository: reference.slice(0, end), tag: reference.slice(end + 1) };
}

async function kubectl(...words) {
  const options = { env: { ...env, KUBECONFIG: env.JHAAS_TEST_KUBECONFIG }, timeout: 120_000, maxBuffer: 1 << 24 };
  return (await run(env.JHAAS_TEST_KUBECTL ?? "kubectl", words, options)).stdout;
}

async function sql(command) {
  const program = env.JHAAS_TEST_POSTGRES_BIN ? join(env.JHAAS_TEST_POSTGRES_BIN, "psql") : "psql";
  await run(program, [env.JHAAS_TEST_POSTGRES_URL, "--quiet", "--command", command]);
}
