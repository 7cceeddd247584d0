/** The JSON Schema of the configuration file, as far as a form needs it. */

export interface Field {
  key: string;
  about: string;
  kind: Kind;
  /** It has no default. */
  required: boolean;
  /** What counts unless it is given. */
  fallback: unknown;
  /** It is never shown. */
  secret: boolean;
}

export interface Section {
  about: string;
  fields: readonly Field[];
}

export interface TextKind {
  is: "text";
  pattern: RegExp | null;
  shortest: number;
}

export type Kind =
  | { is: "switch" }
  | { is: "number"; whole: boolean; least: number | null; most: number | null }
  | TextKind
  | { is: "choice"; options: readonly string[] }
  | { is: "texts"; of: TextKind | { is: "choice"; options: readonly string[] } }
  | { is: "section"; section: Section; optional: boolean }
  | { is: "sections"; section: Section }
  | { is: "named"; section: Section };

/** A node of a JSON Schema. */
export interface Node {
  $ref?: string;
  $defs?: Record<string, Node>;
  type?: string;
  anyOf?: Node[];
  enum?: string[];
  description?: string;
  default?: unknown;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  additionalProperties?: Node | boolean;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  pattern?: string;
  writeOnly?: boolean;
}

export function sectionOf(schema: Node): Section {
  return section(schema, schema.$defs ?? {});
}

function section(node: Node, defs: Record<string, Node>): Section {
  const fields = Object.entries(node.properties ?? {}).map(([key, value]): Field => {
    const target = resolved(value, defs);
    return {
      key,
      about: value.description ?? target.description ?? "",
      kind: kindOf(value, defs),
      required: node.required?.includes(key) ?? false,
      fallback: value.default ?? null,
      secret: value.writeOnly ?? false,
    };
  });
  return { about: node.description ?? "", fields };
}

function resolved(node: Node, defs: Record<string, Node>): Node {
  return node.$ref === undefined ? node : (defs[node.$ref.replace("#/$defs/", "")] ?? {});
}

function kindOf(value: Node, defs: Record<string, Node>): Kind {
  const choices = (value.anyOf ?? [value]).map((one) => resolved(one, defs));
  const optional = choices.some(({ type }) => type === "null");
  const real = choices.filter(({ type }) => type !== "null");
  const node = real.find((one) => one.enum !== undefined) ?? real[0] ?? {};
  if (node.properties !== undefined) return { is: "section", section: section(node, defs), optional };
  if (node.type === "array") return listOf(node, defs);
  if (node.type === "object" && typeof node.additionalProperties === "object")
    return { is: "named", section: section(resolved(node.additionalProperties, defs), defs) };
  return plain(node);
}

function listOf(node: Node, defs: Record<string, Node>): Kind {
  const item = resolved(node.items ?? {}, defs);
  if (item.properties !== undefined) return { is: "sections", section: section(item, defs) };
  const of = plain(item);
  return { is: "texts", of: of.is === "choice" ? of : text(item) };
}

function plain(node: Node): Exclude<Kind, { is: "section" | "sections" | "named" | "texts" }> {
  if (node.enum !== undefined) return { is: "choice", options: node.enum };
  if (node.type === "boolean") return { is: "switch" };
  if (node.type === "integer" || node.type === "number")
    return { is: "number", whole: node.type === "integer", least: node.minimum ?? null, most: node.maximum ?? null };
  return text(node);
}

function text(node: Node): TextKind {
  return {
    is: "text",
    pattern: node.pattern === undefined ? null : new RegExp(node.pattern, "u"),
    shortest: node.minLength ?? 0,
  };
}

/** What is wrong with a value, as the key of a text; null: nothing that can be seen from here. */
export type Wrong = "settings.wrong.missing" | "settings.wrong.number" | "settings.wrong.whole" | "settings.wrong.range" | "settings.wrong.text";

export function wrongWith({ kind, required }: Field, value: unknown): Wrong | null {
  if (value === undefined) return required && kind.is !== "section" ? "settings.wrong.missing" : null;
  switch (kind.is) {
    case "number":
      return wrongNumber(kind, value);
    case "text":
      return wrongText(kind, value);
    case "texts":
      return Array.isArray(value) && kind.of.is === "text" ? (firstWrong(kind.of, value) ?? null) : null;
    case "switch":
    case "choice":
    case "section":
    case "sections":
    case "named":
      return null;
  }
}

function firstWrong(kind: TextKind, values: readonly unknown[]): Wrong | undefined {
  return values.map((one) => wrongText(kind, one)).find((one) => one !== null);
}

function wrongNumber(kind: Extract<Kind, { is: "number" }>, value: unknown): Wrong | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return "settings.wrong.number";
  if (kind.whole && !Number.isInteger(value)) return "settings.wrong.whole";
  const { least, most } = kind;
  return (least !== null && value < least) || (most !== null && value > most) ? "settings.wrong.range" : null;
}

function wrongText({ pattern, shortest }: TextKind, value: unknown): Wrong | null {
  if (typeof value !== "string") return "settings.wrong.text";
  if (value === "" && shortest > 0) return "settings.wrong.missing";
  return pattern !== null && !pattern.test(value) ? "settings.wrong.text" : null;
}

/** Whether any key at or below this one, or what is said of it, has the text that is looked for. */
export function matches(field: Field, path: string, sought: string): boolean {
  const here = path === "" ? field.key : `${path}.${field.key}`;
  if (`${here} ${field.about}`.toLowerCase().includes(sought)) return true;
  const { kind } = field;
  if (kind.is !== "section" && kind.is !== "sections" && kind.is !== "named") return false;
  return kind.section.fields.some((one) => matches(one, here, sought));
}
