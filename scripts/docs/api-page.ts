import { readFileSync } from "node:fs";
import { Application, type Comment, type DeclarationReflection, LogLevel, ReflectionKind, type SignatureReflection, type SomeType } from "typedoc";

/** One export of the library, as the reference has it. */
export interface ApiExport {
  readonly name: string;
  readonly group: string;
  /** TypeScript, on one line or more. */
  readonly declaration: string;
  /** Empty: it has none. */
  readonly doc: string;
  readonly members: readonly ApiMember[];
}

export interface ApiMember {
  readonly declaration: string;
  readonly doc: string;
  readonly isMethod: boolean;
}

export interface Api {
  readonly intro: string;
  readonly exports: readonly ApiExport[];
  /** What typedoc has to say: types that are mentioned and not exported, for instance. */
  readonly warnings: readonly string[];
}

const groups: readonly (readonly [ReflectionKind, string])[] = [
  [ReflectionKind.Function, "Functions"],
  [ReflectionKind.Class, "Classes"],
  [ReflectionKind.Interface, "Interfaces"],
  [ReflectionKind.TypeAlias, "Types"],
  [ReflectionKind.Variable, "Constants"],
];

/** Every export of src/index.ts, by typedoc. `root`: where this repository lies. */
export async function readApi(root: string): Promise<Api> {
  const warnings: string[] = [];
  const application = await Application.bootstrap({ entryPoints: [`${root}/src/index.ts`], tsconfig: `${root}/tsconfig.json`, skipErrorChecking: true, intentionallyNotExported: ["LocalInput", "RemoteInput"], excludePrivate: true, excludeExternals: true, readme: "none", disableGit: true, sourceLinkTemplate: "{path}", sort: ["source-order"] });
  application.logger.log = (message, level) => void (level >= LogLevel.Warn && warnings.push(message));
  const project = await application.convert();
  if (project === undefined) throw new Error(`typedoc read nothing: ${warnings.join("; ")}`);
  application.validate(project);
  const exports = (project.children ?? []).map(exportOf).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return { intro: textOf(project.comment), exports, warnings };
}

/** A program of examples/ as a page shows it. */
export function exampleBlock(root: string, name: string): string {
  return `\`\`\`js\n${readFileSync(`${root}/examples/${name}.mjs`, "utf8").trim()}\n\`\`\``;
}

/** The whole page. */
export function apiPage({ intro, exports }: Api): string {
  const sections = groups.map(([, title]) => [title, exports.filter(({ group }) => group === title)] as const).filter(([, found]) => found.length > 0);
  const contents = sections.map(([title, found]) => `${title}: ${found.map(({ name }) => `[\`${name}\`](#${name.toLowerCase()})`).join(" · ")}`).join("\n\n");
  const parts = sections.flatMap(([title, found]) => [`## ${title}`, ...found.map(section)]);
  return `${["# API reference", "Made from the source by `npm run docs`; how to begin stands in [library.md](library.md).", intro, contents, ...parts].join("\n\n")}\n`;
}

function section({ name, declaration, doc, members }: ApiExport): string {
  const list = members.map((member) => `- \`${member.declaration}\`${member.doc === "" ? "" : `  \n  ${member.doc.replaceAll("\n", "\n  ")}`}`).join("\n");
  return [`### ${name}`, doc, `\`\`\`ts\n${declaration}\n\`\`\``, list].filter((part) => part !== "").join("\n\n");
}

function exportOf(reflection: DeclarationReflection): ApiExport {
  const { name } = reflection;
  const group = groups.find(([kind]) => reflection.kindOf(kind))?.[1] ?? "Types";
  const [call] = reflection.signatures ?? [];
  if (group === "Functions") return { name, group, declaration: `function ${signature(name, call)}`, doc: textOf(call?.comment), members: [] };
  const doc = textOf(reflection.comment);
  const members = [...(call === undefined ? [] : [memberOf(reflection, call)]), ...(reflection.children ?? []).flatMap(membersOf)];
  const over = (reflection.extendedTypes ?? []).filter((type) => type.type !== "reference" || type.reflection !== undefined || type.package !== "mcpass").map(shown);
  const heading = `${group === "Classes" ? "class" : "interface"} ${name}${over.length === 0 ? "" : ` extends ${over.join(", ")}`}`;
  return group === "Classes" || group === "Interfaces" ? { name, group, declaration: heading, doc, members } : { name, group, declaration: `type ${name} =${aliasOf(reflection)}`, doc, members: [] };
}

/** A union of many has a line for each. */
function aliasOf({ type }: DeclarationReflection): string {
  if (type?.type !== "union") return ` ${shown(type)}`;
  const members = type.types.map(shown);
  const line = members.join(" | ");
  return line.length <= 120 ? ` ${line}` : `\n${members.map((member) => `  | ${member}`).join("\n")}`;
}

function membersOf(reflection: DeclarationReflection): readonly ApiMember[] {
  // What is inherited from an export stands there.
  if (reflection.inheritedFrom?.reflection !== undefined || reflection.name.startsWith("[") || reflection.flags.isPrivate) return [];
  return reflection.signatures === undefined ? [memberOf(reflection, undefined)] : reflection.signatures.map((call) => memberOf(reflection, call));
}

function memberOf(reflection: DeclarationReflection, call: SignatureReflection | undefined): ApiMember {
  const { name, flags, type, comment, getSignature } = reflection;
  const own = call === undefined ? comment : (call.comment ?? comment);
  const shownName = call?.parent === reflection && reflection.kindOf(ReflectionKind.Interface) ? "" : name;
  const property = `${name}${flags.isOptional ? "?" : ""}: ${shown(getSignature?.type ?? type).replace(/ \| undefined$/, flags.isOptional ? "" : " | undefined")}`;
  return { declaration: call === undefined ? property : signature(call.name === "constructor" ? `new ${reflection.parent?.name ?? ""}` : shownName, call), doc: textOf(own ?? getSignature?.comment), isMethod: call !== undefined };
}

function signature(name: string, call: SignatureReflection | undefined): string {
  const parameters = (call?.parameters ?? []).map(({ name: word, flags, type, defaultValue }) => {
    const optional = flags.isOptional || defaultValue !== undefined;
    return `${flags.isRest ? "..." : ""}${word === "__namedParameters" ? "options" : word}${optional ? "?" : ""}: ${optional ? shown(type).replace(/ \| undefined$/, "") : shown(type)}`;
  });
  const result = call?.type === undefined || name.startsWith("new ") ? "" : `: ${shown(call.type)}`;
  return `${name}(${parameters.join(", ")})${result}`;
}

/** As TypeScript, without the words that every member has. */
function shown(type: SomeType | undefined): string {
  if (type === undefined) return "unknown";
  if (type.type === "array") return bracketed(type.elementType, "[]");
  if (type.type === "typeOperator") return `${type.operator} ${shown(type.target)}`;
  if (type.type === "union") return type.types.map((member) => (member.type === "reflection" && member.declaration.signatures !== undefined ? `(${shown(member)})` : shown(member))).join(" | ");
  if (type.type === "intersection") return type.types.map(shown).join(" & ");
  if (type.type === "reference") return `${type.reflection?.name ?? type.name}${type.typeArguments === undefined || type.typeArguments.length === 0 ? "" : `<${type.typeArguments.map(shown).join(", ")}>`}`;
  if (type.type === "tuple") return `[${type.elements.map(shown).join(", ")}]`;
  if (type.type === "reflection") return reflectionOf(type.declaration);
  return type.toString();
}

function bracketed(type: SomeType, suffix: string): string {
  const text = shown(type);
  return `${type.type === "union" || type.type === "typeOperator" || (type.type === "reflection" && type.declaration.signatures !== undefined) ? `(${text})` : text}${suffix}`;
}

function reflectionOf({ signatures, children, indexSignatures }: DeclarationReflection): string {
  const [call] = signatures ?? [];
  if (call !== undefined) {
    const [parameters = "", result = "unknown"] = [signature("", { ...call, type: undefined } as unknown as SignatureReflection), shown(call.type)];
    return `${parameters} => ${result}`;
  }
  const index = (indexSignatures ?? []).map((each) => `[${each.parameters?.[0]?.name ?? "key"}: string]: ${shown(each.type)}`);
  return `{ ${[...(children ?? []).map((child) => (child.signatures === undefined ? memberOf(child, undefined) : memberOf(child, child.signatures[0])).declaration), ...index].join("; ")} }`;
}

function textOf(comment: Comment | undefined): string {
  if (comment === undefined) return "";
  const parts = [comment.summary, ...comment.blockTags.filter(({ tag }) => tag === "@throws").map(({ content }) => [{ kind: "text" as const, text: "Throws " }, ...content])];
  const text = parts.map((words) => words.map((word) => word.text).join("").trim()).filter((each) => each !== "" && each !== "Throws");
  return text.join("\n\n");
}
