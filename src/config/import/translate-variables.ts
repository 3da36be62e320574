/** How a program writes variables in its configuration. `none`: not at all, a text is a text. */
export type VariableSyntax = "none" | "ours" | "shell" | "dollar" | "editor";

export interface Translation {
  /** The text with that program's variables as ours. What cannot be one is told in `problems`, what is different in `notes`. */
  text(text: string): string;
  readonly notes: readonly string[];
  readonly problems: readonly string[];
}

export interface TranslationOptions {
  readonly syntax: VariableSyntax;
  readonly title: string;
  readonly home: string;
  /** The file is a project's: its folder is where a server starts. */
  readonly project: boolean;
}

interface Variable {
  /** What stands here; undefined: it cannot. */
  readonly text: string | undefined;
  readonly note?: string;
}

const patterns: Readonly<Record<"shell" | "dollar" | "editor", RegExp>> = {
  shell: /\$\{([A-Za-z_]\w*)(:-[^}]*)?\}/g,
  dollar: /\$(?:\{([A-Za-z_]\w*)(:-[^}]*)?\}|([A-Za-z_]\w*))/g,
  editor: /\$\{([\w/]+)(?::([^}]*))?\}/g,
};

const ours = /\{(?:env|file):[^{}]*\}/;
/** With a $ before it, it is an editor's own. */
const oursAlone = /(?<!\$)\{(?:env|file):[^{}]*\}/;

export function createTranslation(options: TranslationOptions): Translation {
  const notes = new Set<string>();
  const problems = new Set<string>();
  const { syntax, title } = options;
  const replace = (written: string, variable: Variable): string => {
    if (variable.note !== undefined) notes.add(variable.note);
    if (variable.text === undefined) problems.add(`it uses ${written}, which only ${title} knows`);
    return variable.text ?? written;
  };
  const text = (from: string): string => {
    // It is only a text there; here it would read a variable or a file.
    if (syntax !== "ours" && (syntax === "editor" ? oursAlone : ours).test(from)) problems.add("it has {env:…} or {file:…} in it, which is a plain text there and would be read here");
    if (syntax === "none" || syntax === "ours") return from;
    return from.replace(patterns[syntax], (...match: (string | undefined)[]) => replace(match[0] ?? "", syntax === "editor" ? editorVariable(match[1] ?? "", match[2], options) : shellVariable(match[1] ?? match[3] ?? "", match[2])));
  };
  return {
    text,
    get notes() {
      return [...notes];
    },
    get problems() {
      return [...problems];
    },
  };
}

function shellVariable(name: string, fallback: string | undefined): Variable {
  const variable = { text: `{env:${name}}` };
  return fallback === undefined ? variable : { ...variable, note: `the variable ${name} must be set here: there is no default value as there is there` };
}

function editorVariable(kind: string, argument: string | undefined, { title, home, project }: TranslationOptions): Variable {
  switch (kind) {
    case "env":
      return { text: `{env:${argument ?? ""}}` };
    case "file":
      return { text: `{file:${argument ?? ""}}` };
    case "input": {
      const name = variableName(argument ?? "");
      return { text: `{env:${name}}`, note: `${title} asks for ${argument ?? ""} and keeps it; here the variable ${name} must be set` };
    }
    case "userHome":
      return { text: home };
    case "workspaceFolder":
      return { text: project ? "." : undefined };
    case "pathSeparator":
    case "/":
      return { text: "/" };
    default:
      return { text: undefined };
  }
}

/** `api-key` → `API_KEY` */
function variableName(id: string): string {
  return id.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/\W+/g, "_").toUpperCase();
}
