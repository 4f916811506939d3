// Reads mails as a mail program does: headers, the text and the HTML part, their links.

const decoders = {
  base64: (text) => Buffer.from(text, "base64"),
  "quoted-printable": (text) => quotedPrintable(text.replace(/=\r?\n/g, "")),
};

/** One mail from the text of its file. */
export function read(source) {
  const { headers, body } = split(source);
  const parts = leaves(headers, body);
  const part = (type) => parts.find((one) => one.type === type)?.text ?? "";
  const html = part("text/html");
  return {
    to: headers.to?.match(/<([^>]+)>/)?.[1] ?? headers.to,
    subject: words(headers.subject ?? ""),
    id: headers["message-id"],
    text: part("text/plain"),
    html,
    links: [...html.matchAll(/href="([^"]+)"/g)].map(([, link]) => link.replaceAll("&amp;", "&")),
  };
}

function split(source) {
  const end = source.search(/\r?\n\r?\n/);
  const head = source.slice(0, end).replace(/\r?\n[ \t]+/g, " ");
  const headers = {};
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: source.slice(end).replace(/^\r?\n\r?\n/, "") };
}

/** The parts that hold no other parts, decoded. */
function leaves(headers, body) {
  const type = headers["content-type"] ?? "text/plain";
  const boundary = type.match(/boundary="?([^";]+)"?/)?.[1];
  if (boundary) {
    const between = body.split(`--${boundary}`).slice(1, -1);
    return between.flatMap((text) => {
      const part = split(text.replace(/^\r?\n/, ""));
      return leaves(part.headers, part.body);
    });
  }
  const decode = decoders[(headers["content-transfer-encoding"] ?? "").toLowerCase()] ?? Buffer.from;
  return [{ type: type.split(";")[0].trim(), text: decode(body).toString("utf8") }];
}

function quotedPrintable(text) {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1");
}

/** Encoded words of a header (RFC 2047). */
function words(header) {
  return header
    .replace(/(=\?[^?]+\?[bq]\?[^?]*\?=)\s+(?==\?)/gi, "$1")
    .replace(/=\?[^?]+\?([bq])\?([^?]*)\?=/gi, (_, kind, text) =>
      kind.toLowerCase() === "b"
        ? Buffer.from(text, "base64").toString("utf8")
        : quotedPrintable(text.replaceAll("_", " ")).toString("utf8"),
    );
}
