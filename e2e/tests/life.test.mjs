// The life of a course on what the demo has by itself: SQLite and a folder.
import { test } from "node:test";
import { live } from "./life.mjs";

test("a course lives from request to removal", { timeout: 420_000 }, (t) => live(t, "life"));
