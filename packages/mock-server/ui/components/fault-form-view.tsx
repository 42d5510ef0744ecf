import { useState } from "preact/hooks";
import { attempt } from "../app-state.ts";
import { controlApi, Refused } from "../control-api.ts";
import {
  carriedOver,
  type FaultField,
  type FaultKind,
  type FaultValues,
  faultOf,
} from "../state/fault-form.ts";
import { FaultLines } from "./fault-lines.tsx";

/** A form for every kind of fault. Its fields come from the API description. */
export function FaultForm({ kinds }: { kinds: readonly FaultKind[] }) {
  const [name, setName] = useState(kinds[0]!.kind);
  const [values, setValues] = useState<FaultValues>({});
  const [wrong, setWrong] = useState<{ field: string | undefined; message: string }>();
  const kind = kinds.find((each) => each.kind === name)!;
  const fault = faultOf(kind, values);
  return (
    <form
      class="fault-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setWrong(undefined);
        void attempt(async () => {
          try {
            await controlApi.inject(fault);
          } catch (error) {
            if (error instanceof Refused) setWrong({ field: error.field, message: error.message });
            throw error;
          }
        }, "In force");
      }}
    >
      <fieldset class="segments">
        <legend class="hidden">Kind of fault</legend>
        {kinds.map(({ kind: each }) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === name}
            onClick={() => {
              setValues(carriedOver(values, kind, kinds.find((other) => other.kind === each)!));
              setName(each);
              setWrong(undefined);
            }}
          >
            {each}
          </button>
        ))}
      </fieldset>
      <div class="fields">
        {kind.fields.map((field) => (
          <Field
            key={`${name}.${field.name}`}
            field={field}
            value={values[field.name]}
            wrong={wrong?.field === field.name ? wrong.message : undefined}
            onChange={(value) => setValues({ ...values, [field.name]: value })}
          />
        ))}
      </div>
      {wrong && !kind.fields.some((field) => field.name === wrong.field) && (
        <p class="field-wrong">{wrong.message}</p>
      )}
      <FaultLines fault={fault} />
      <button type="submit" class="primary">
        Put in force
      </button>
    </form>
  );
}

interface FieldProps {
  readonly field: FaultField;
  readonly value: string | boolean | undefined;
  readonly wrong: string | undefined;
  readonly onChange: (value: string | boolean) => void;
}

function Field({ field, value, wrong, onChange }: FieldProps) {
  const { name, input, options, required, does } = field;
  const id = `fault-${name}`;
  const described = `${id}-does`;
  const text = typeof value === "string" ? value : "";
  const common = { id, "aria-describedby": described, "aria-invalid": wrong !== undefined };
  return (
    <div class={`field ${input}`}>
      <label for={id}>
        {name}
        {required && <span class="required"> required</span>}
      </label>
      {input === "flag" ? (
        <input
          {...common}
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      ) : input === "choice" ? (
        <select {...common} value={text} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">{required ? "choose" : "default"}</option>
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          value={text}
          inputMode={input === "number" ? "decimal" : "text"}
          placeholder={input === "latency" ? "50, 20..80, median=40,p99=250" : options.join(", ")}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      <p id={described} class={wrong === undefined ? "muted" : "field-wrong"}>
        {wrong ?? does}
      </p>
    </div>
  );
}
