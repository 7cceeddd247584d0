import { type ReactNode, useState } from "react";

import { useWords } from "../i18n/words";
import { same } from "./draft";
import type { Field } from "./schema";

export interface Handle {
  id: string;
  describedBy: string;
  invalid: boolean;
}

interface Props {
  field: Field;
  /** As it stands in the draft; undefined: the default counts. */
  value: unknown;
  handle: Handle;
  onChange: (value: unknown) => void;
}

/** Where a single value is entered. */
export function Control({ field, value, handle, onChange }: Props): ReactNode {
  const { kind, fallback, secret } = field;
  const given = value ?? fallback;
  switch (kind.is) {
    case "switch":
      return <SwitchControl value={given === true} handle={handle} onChange={onChange} />;
    case "choice":
      return <ChoiceControl options={kind.options} value={textOf(given)} handle={handle} onChange={onChange} />;
    case "texts":
      return <TextsControl value={given} handle={handle} onChange={onChange} />;
    case "number":
      return <NumberControl value={value} placeholder={textOf(fallback)} handle={handle} onChange={onChange} />;
    case "text":
      return (
        <TextControl
          value={secret ? "" : textOf(value)}
          placeholder={textOf(fallback)}
          handle={handle}
          onChange={(text) => {
            onChange(text === "" ? undefined : text);
          }}
        />
      );
    case "section":
    case "sections":
    case "named":
      return null;
  }
}

export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A number, or the text as it is if it is none: what was typed must not disappear. */
function numberOf(text: string): number | string | undefined {
  if (text.trim() === "") return undefined;
  return /^\s*-?\d+([.,]\d+)?\s*$/.test(text) ? Number(text.replace(",", ".")) : text;
}

/** What is typed, as long as it stands for the value: `0.0` on the way to `0.05` is to stay as it is. */
function useTyped(value: unknown, text: string, parse: (typed: string) => unknown) {
  const [typed, setTyped] = useState(text);
  return [same(parse(typed), value) ? typed : text, setTyped] as const;
}

function attributes({ id, describedBy, invalid }: Handle) {
  return { id, "aria-describedby": describedBy, "aria-invalid": invalid };
}

interface TextProps {
  value: string;
  placeholder: string;
  numeric?: boolean;
  handle: Handle;
  onChange: (text: string) => void;
}

function TextControl({ value, placeholder, numeric = false, handle, onChange }: TextProps) {
  return (
    <input
      {...attributes(handle)}
      type="text"
      inputMode={numeric ? "decimal" : "text"}
      className={numeric ? "short" : "long"}
      value={value}
      placeholder={placeholder}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      onChange={(event) => {
        onChange(event.target.value);
      }}
    />
  );
}

function SwitchControl({ value, handle, onChange }: { value: boolean; handle: Handle; onChange: (on: boolean) => void }) {
  const { t } = useWords();
  return (
    <span className="switch">
      <input
        {...attributes(handle)}
        type="checkbox"
        checked={value}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
      <span aria-hidden="true">{t(value ? "settings.on" : "settings.off")}</span>
    </span>
  );
}

interface ChoiceProps {
  options: readonly string[];
  value: string;
  handle: Handle;
  onChange: (value: string) => void;
}

function ChoiceControl({ options, value, handle, onChange }: ChoiceProps) {
  const all = value === "" || options.includes(value) ? options : [value, ...options];
  return (
    <select
      {...attributes(handle)}
      value={value}
      onChange={(event) => {
        onChange(event.target.value);
      }}
    >
      {value === "" && <option value="" />}
      {all.map((one) => (
        <option key={one}>{one}</option>
      ))}
    </select>
  );
}

function linesOf(text: string): string[] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length === 0 ? undefined : lines;
}

function TextsControl({ value, handle, onChange }: { value: unknown; handle: Handle; onChange: (list: unknown) => void }) {
  const lines = Array.isArray(value) ? value.map(textOf) : [];
  const [shown, setTyped] = useTyped(lines.length === 0 ? undefined : lines, lines.join("\n"), linesOf);
  return (
    <textarea
      {...attributes(handle)}
      rows={Math.max(2, lines.length + 1)}
      value={shown}
      spellCheck={false}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(linesOf(event.target.value));
      }}
    />
  );
}

interface NumberProps {
  value: unknown;
  placeholder: string;
  handle: Handle;
  onChange: (value: unknown) => void;
}

function NumberControl({ value, placeholder, handle, onChange }: NumberProps) {
  const [shown, setTyped] = useTyped(value, textOf(value), numberOf);
  return (
    <TextControl
      value={shown}
      placeholder={placeholder}
      numeric
      handle={handle}
      onChange={(text) => {
        setTyped(text);
        onChange(numberOf(text));
      }}
    />
  );
}
