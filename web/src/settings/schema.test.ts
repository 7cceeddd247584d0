import { describe, expect, test } from "vitest";

import { type Field, matches, type Node, sectionOf, wrongWith } from "./schema";

const SCHEMA: Node = {
  $defs: {
    Level: { enum: ["debug", "info"] },
    Own: { description: "Own.", properties: { delay_s: { type: "number", minimum: 1, maximum: 60, default: 5, description: "A delay." } } },
    Camera: {
      properties: {
        id: { type: "string", pattern: "^[a-z]+$" },
        session: { anyOf: [{ $ref: "#/$defs/Own" }, { type: "null" }], default: null },
        record: { anyOf: [{ $ref: "#/$defs/Level" }, { type: "boolean" }], default: "info" },
      },
      required: ["id"],
    },
  },
  properties: {
    count: { type: "integer", minimum: 1 },
    own: { $ref: "#/$defs/Own" },
    cameras: { type: "array", items: { $ref: "#/$defs/Camera" } },
    names: { type: "array", items: { type: "string" }, default: [] },
    weeks: { type: "object", additionalProperties: { $ref: "#/$defs/Own" } },
    sealed: { anyOf: [{ type: "string", minLength: 1 }, { type: "null" }], writeOnly: true },
  },
};

const fields = new Map(sectionOf(SCHEMA).fields.map((field) => [field.key, field]));

function field(key: string): Field {
  const found = fields.get(key);
  if (found === undefined) throw new Error(`no field ${key}`);
  return found;
}

test("every kind of value is known", () => {
  expect([...fields.values()].map(({ kind }) => kind.is)).toEqual(["number", "section", "sections", "texts", "named", "text"]);
  expect(field("own").about).toBe("Own.");
  expect(field("sealed").secret).toBe(true);
  const { kind } = field("cameras");
  if (kind.is !== "sections") throw new Error(kind.is);
  expect(kind.section.fields.map((one) => [one.kind.is, one.required])).toEqual([
    ["text", true],
    ["section", false],
    ["choice", false],
  ]);
});

describe("what is wrong", () => {
  test.each([
    ["count", 0, "settings.wrong.range"],
    ["count", 1.5, "settings.wrong.whole"],
    ["count", "x", "settings.wrong.number"],
    ["count", 1, null],
    ["sealed", "", "settings.wrong.missing"],
    ["sealed", undefined, null],
  ] as const)("%s: %s", (key, value, wrong) => {
    expect(wrongWith(field(key), value)).toBe(wrong);
  });
});

test("keys and what is said of them are found, also within sections", () => {
  expect(matches(field("weeks"), "", "a delay")).toBe(true);
  expect(matches(field("own"), "", "own.delay_s")).toBe(true);
  expect(matches(field("count"), "", "delay")).toBe(false);
});
