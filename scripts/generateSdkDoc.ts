/**
 * Writes the tables of docs/sdk.md from what sdk/src/index.ts and the entries beside it export, and the comments there.
 * `node scripts/generateSdkDoc.ts` writes; with `--check` it writes nothing and exits 1 when the page is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

type Row = { name: string; takes: string; gives: string; fails: string; about: string }

const root = join(import.meta.dirname, '..')
const page = join(root, 'docs/sdk.md')
const marker =
  '<!-- Below: written by scripts/generateSdkDoc.ts from the exports of sdk/src/index.ts. Do not edit. -->\n'

/** Files that are entries of their own, as few pages need what they bring: all that they export. */
const ownEntries = [
  'publishModel.ts',
  'offerModel.ts',
  'acceptModel.ts',
  'deprecateModel.ts',
  'recomputeAnswer.ts',
  'prepareProof.ts',
  'checkProof.ts',
  'ceremonyKey.ts',
  'ceremonySetup.ts',
  'announceBeacon.ts',
  'publishCeremony.ts',
  'auditTerms.ts',
  'getArbitration.ts',
  'quorumTerms.ts',
  'setMetadata.ts',
  'revokeSigner.ts',
  'cancelRecovery.ts',
  'withdrawSlashed.ts',
  'scheduleOperation.ts',
  'executeOperation.ts',
  'cancelOperation.ts',
  'readWorkerStatus.ts',
]

/** Exported names by the file that declares them. */
function readExports(): Map<string, string[]> {
  const exported = new Map<string, string[]>(ownEntries.map((file) => [file, declaredIn(file)]))
  for (const statement of parse('index.ts').statements) {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) {
      continue
    }
    const file = statement.moduleSpecifier?.getText().replaceAll("'", '').slice(2) ?? ''
    const names = statement.exportClause.elements.map((element) => element.name.text)
    exported.set(file, [...(exported.get(file) ?? []), ...names])
  }
  return exported
}

function declaredIn(file: string): string[] {
  return parse(file).statements.flatMap((statement) =>
    (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) &&
    statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      ? [statement.name?.text ?? '']
      : [],
  )
}

function parse(file: string): ts.SourceFile {
  const text = readFileSync(join(root, 'sdk/src', file), 'utf8')
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
}

function rowOf(declaration: ts.FunctionDeclaration): Row {
  const parameters = declaration.parameters.filter((parameter) => parameter.type?.getText() !== 'MarketClient')
  return {
    name: declaration.name?.text ?? '',
    takes: parameters.flatMap(namesOf).join(', '),
    gives: resultOf(declaration.type?.getText() ?? ''),
    fails: tagOf(declaration, 'throws'),
    about: firstSentence(commentOf(declaration)),
  }
}

/** What a call gives once it is awaited or iterated. */
function resultOf(type: string): string {
  return type === '' ? '' : code(type.replace(/^(?:Promise|AsyncGenerator)<(.*?)(?:, void, undefined)?>$/s, '$1'))
}

/** What one parameter holds: the members of an object, or its name where it is none. */
function namesOf({ name, type, questionToken }: ts.ParameterDeclaration): string[] {
  const members = type === undefined ? [] : membersOf(type)
  return members.length > 0 ? members : [`\`${name.getText()}${questionToken ? '?' : ''}\``]
}

function membersOf(type: ts.TypeNode): string[] {
  if (ts.isParenthesizedTypeNode(type)) return membersOf(type.type)
  if (ts.isIntersectionTypeNode(type))
    return type.types.flatMap((part) => (ts.isTypeReferenceNode(part) ? [code(part.getText())] : membersOf(part)))
  if (!ts.isTypeLiteralNode(type)) return []
  return type.members.map((member) => `\`${member.name?.getText() ?? ''}${member.questionToken ? '?' : ''}\``)
}

function commentOf(node: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  return plain(ts.getTextOfJSDocComment(comment?.comment) ?? '')
}

function tagOf(node: ts.Node, tag: string): string {
  const found = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === tag)
  return plain(ts.getTextOfJSDocComment(found?.comment) ?? '')
}

/** Comments without links and line breaks, safe in a table. */
function plain(text: string): string {
  return text
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim()
}

function code(text: string): string {
  return `\`${text
    .replace(/\s*\n\s*(?=\w+\??:)/g, '; ')
    .replace(/\s+/g, ' ')
    .replace('{; ', '{ ')
    .replaceAll('|', '\\|')}\``
}

function firstSentence(text: string): string {
  return /^.*?[.](?= [A-Z{`]|$)/.exec(text)?.[0] ?? text
}

function tables(): string {
  const actions: Row[] = []
  const functions: Row[] = []
  const errors: [string, string][] = []
  for (const [file, names] of readExports()) {
    for (const statement of parse(file).statements) {
      if (ts.isFunctionDeclaration(statement) && names.includes(statement.name?.text ?? '')) {
        const isAction = statement.parameters[0]?.type?.getText() === 'MarketClient'
        ;(isAction ? actions : functions).push(rowOf(statement))
      }
      if (ts.isClassDeclaration(statement) && names.includes(statement.name?.text ?? '')) {
        errors.push([statement.name?.text ?? '', commentOf(statement)])
      }
    }
  }
  return [
    `## Actions\n\nThe first argument of each is a client; what follows is one object, and \`SendOptions\` are optional. Those that send a transaction also throw what the contracts refuse with.\n`,
    table(
      ['action', 'parameters', 'result', 'errors'],
      actions.map(({ name, about, takes, gives, fails }) => [`\`${name}\`: ${about}`, takes, gives, fails]),
    ),
    `\n## Without a client\n`,
    table(
      ['function', 'takes', 'result', 'errors'],
      functions.map(({ name, about, takes, gives, fails }) => [`\`${name}\`: ${about}`, takes, gives, fails]),
    ),
    `\n## Errors\n`,
    table(
      ['class', 'when'],
      errors.map(([name, when]) => [`\`${name}\``, when]),
    ),
  ].join('\n')
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`
  const sorted = rows.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
  return line(head) + line(head.map(() => '---')).replaceAll(' ', '') + sorted.map(line).join('')
}

const before = readFileSync(page, 'utf8')
const [written = ''] = before.split(marker)
const fresh = `${written}${marker}\n${tables()}`
if (fresh !== before && process.argv.includes('--check')) {
  process.stderr.write('docs/sdk.md is stale; run `node scripts/generateSdkDoc.ts`.\n')
  process.exitCode = 1
} else if (fresh !== before) writeFileSync(page, fresh)
