import { useId } from "react";

interface Props {
  label: string;
  hint?: string;
  value: string;
  type?: "text" | "password";
  placeholder?: string;
  required?: boolean;
  autoComplete?: string;
  onChange: (text: string) => void;
  onLeave?: () => void;
}

/** A labelled line of a form that knows what is typed. */
export function TextLine({
  label,
  hint,
  value,
  type = "text",
  placeholder,
  required = false,
  autoComplete,
  onChange,
  onLeave,
}: Props) {
  const id = useId();
  return (
    <div className="choice">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type={type}
        value={value}
        placeholder={placeholder}
        required={required}
        autoComplete={autoComplete ?? (type === "password" ? "new-password" : "off")}
        autoCapitalize="none"
        spellCheck={false}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        onBlur={onLeave}
      />
      {hint !== undefined && (
        <small id={`${id}-hint`} className="quiet">
          {hint}
        </small>
      )}
    </div>
  );
}
