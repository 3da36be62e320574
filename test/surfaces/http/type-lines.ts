import ts from "typescript";

/** Reads types of declaration files as lines of text, one for each leaf, so that two files can be compared whatever their types are called. */
export interface TypeReader {
  /** `path: type`, sorted; undefined where the file has no such type. */
  lines(name: string, ...members: readonly string[]): readonly string[] | undefined;
  /** Names of the members of a type. */
  members(name: string, ...path: readonly string[]): readonly string[];
}

export function readTypes(file: string): TypeReader {
  const program = ts.createProgram([file], { strict: true, exactOptionalPropertyTypes: true, noLib: false, skipLibCheck: true, moduleResolution: ts.ModuleResolutionKind.NodeNext, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022 });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  const exported = new Map((symbol === undefined ? [] : checker.getExportsOfModule(symbol)).map((each) => [each.getName(), each]));
  const find = (name: string, path: readonly string[]): ts.Type | undefined => {
    const start = exported.get(name);
    let type = start === undefined ? undefined : checker.getDeclaredTypeOfSymbol(start);
    for (const member of path) {
      const property = type === undefined ? undefined : checker.getPropertyOfType(type, member);
      type = property === undefined ? undefined : withoutUndefined(checker.getTypeOfSymbol(property));
    }
    return type;
  };
  return {
    lines: (name, ...path) => {
      const type = find(name, path);
      return type === undefined ? undefined : [...new Set(leaves(checker, type, "", 0))].sort();
    },
    members: (name, ...path) => {
      const type = find(name, path);
      return type === undefined ? [] : checker.getPropertiesOfType(type).map((property) => property.getName());
    },
  };
}

function withoutUndefined(type: ts.Type): ts.Type {
  return type.isUnion() && type.types.some((each) => (each.flags & ts.TypeFlags.Undefined) !== 0) ? type.getNonNullableType() : type;
}

function leaves(checker: ts.TypeChecker, type: ts.Type, path: string, depth: number): readonly string[] {
  if (depth > 6) return [`${path}: …`];
  const plain = withoutUndefined(type);
  if (plain.isUnion() && !plain.types.every(isSimple)) return plain.types.flatMap((each) => leaves(checker, each, path, depth + 1));
  if (isSimple(plain) || (plain.isUnion() && plain.types.every(isSimple))) return [`${path}: ${simpleWords(checker, plain)}`];
  const element = checker.isArrayType(plain) ? checker.getTypeArguments(plain as ts.TypeReference)[0] : undefined;
  if (element !== undefined) return leaves(checker, element, `${path}[]`, depth + 1);
  const index = checker.getIndexTypeOfType(plain, ts.IndexKind.String);
  const fromIndex = index === undefined ? [] : leaves(checker, index, `${path}.*`, depth + 1);
  const tag = ["status", "_tag", "type", "name"].map((name) => literalOf(checker, plain, name)).find((found) => found !== undefined);
  const here = tag === undefined ? path : `${path}<${tag}>`;
  const fields = checker.getPropertiesOfType(plain).flatMap((property) => {
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0 ? "?" : "";
    return leaves(checker, checker.getTypeOfSymbol(property), `${here}.${property.getName()}${optional}`, depth + 1);
  });
  return fields.length + fromIndex.length === 0 ? [`${here}: {}`] : [...fields, ...fromIndex];
}

function isSimple(type: ts.Type): boolean {
  const simple = ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.Null | ts.TypeFlags.Undefined | ts.TypeFlags.Unknown | ts.TypeFlags.Any | ts.TypeFlags.Never;
  return (type.flags & simple) !== 0;
}

function simpleWords(checker: ts.TypeChecker, type: ts.Type): string {
  if (!type.isUnion()) return checker.typeToString(type);
  const words = type.types.map((each) => checker.typeToString(each)).sort();
  return words.includes("true") && words.includes("false") ? ["boolean", ...words.filter((word) => word !== "true" && word !== "false")].join(" | ") : words.join(" | ");
}

/** What tells the shapes of a union apart. */
function literalOf(checker: ts.TypeChecker, type: ts.Type, name: string): string | undefined {
  const property = checker.getPropertyOfType(type, name);
  const found = property === undefined ? undefined : checker.getTypeOfSymbol(property);
  return found?.isStringLiteral() === true ? found.value : undefined;
}
