import { useId } from "react";

interface Props {
  label: string;
  name: string;
  type?: "text" | "password";
  autoComplete: string;
  defaultValue?: string;
  autoFocus?: boolean;
}

/** A labelled line to be filled in. */
export function Field({ label, name, type = "text", autoComplete, defaultValue, autoFocus = false }: Props) {
  const id = useId();
  return (
    <div className="choice">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={type}
        autoComplete={autoComplete}
        defaultValue={defaultValue}
        autoFocus={autoFocus}
        autoCapitalize="none"
        spellCheck={false}
        required
      />
    </div>
  );
}

/** What was filled in under a name. */
export function filledIn(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === "string" ? value : "";
}
