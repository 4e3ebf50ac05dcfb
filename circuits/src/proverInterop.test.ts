import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { applyBeacon } from './applyBeacon.ts'
import { chooseProver, type ProverKind } from './chooseProver.ts'
import { contribute } from './contribute.ts'
import { devSetup } from './devSetup.ts'
import { type FakeCeremony, fakeCeremony } from './fakeCeremony.ts'
import { fromSnarkjsProof, toSnarkjsProof } from './proof.ts'
import { prove } from './prove.ts'
import { encodeR1cs } from './r1cs.ts'
import { runSnarkjs } from './runSnarkjs.ts'
import { productCircuit } from './sampleCircuits.ts'
import { toSnarkjsKey, verificationKeyFromZkey } from './verificationKey.ts'
import { verify } from './verify.ts'
import { encodeWitness } from './wtns.ts'

// Keys made here and by snarkjs, provers here and snarkjs' own command line, and both verifiers for every proof.

const { r1cs, witness } = productCircuit({ x: 5n, y: 7n, binding: 99n })
const signals = [35n, 99n]
const { kind } = await chooseProver()
const provers: ProverKind[] = kind === 'native' ? ['native', 'snarkjs'] : ['snarkjs']
let ceremony: FakeCeremony

const keys = {
  'development key made here': 'dev.zkey',
  'key sealed here by a ceremony of two': 'sealed.zkey',
  'key made and contributed to by snarkjs alone': 'theirs.zkey',
}

before(async () => {
  ceremony = await fakeCeremony(r1cs)
  const { zkeyPath, limits, at, phase1 } = ceremony
  writeFileSync(at('dev.zkey'), (await devSetup(r1cs, { threads: 1 })).zkey)
  await contribute({ zkeyPath, outPath: at('1.zkey'), name: 'Anna', limits })
  await contribute({ zkeyPath: at('1.zkey'), outPath: at('2.zkey'), name: 'Ben', limits })
  const beacon = { name: 'block 7 of chain 1', blockHash: `0x${'5a'.repeat(32)}`, iterationsExp: 10 } as const
  await applyBeacon({ zkeyPath: at('2.zkey'), outPath: at('sealed.zkey'), ...beacon, limits })
  writeFileSync(at('circuit.r1cs'), encodeR1cs(r1cs))
  await snarkjs('groth16', 'setup', 'circuit.r1cs', phase1.path, 'theirs0.zkey')
  await snarkjs('zkey', 'contribute', 'theirs0.zkey', 'theirs.zkey', '--name=Carl', '-e=some entropy')
  writeFileSync(at('witness.wtns'), encodeWitness(witness))
})
after(() => ceremony.remove())

const snarkjs = (...args: string[]) =>
  runSnarkjs({ cwd: ceremony.folder, outputBytes: 2 ** 20, limits: ceremony.limits, args })

const readJson = (name: string): unknown => JSON.parse(readFileSync(ceremony.at(name), 'utf8'))
const writeJson = (name: string, value: unknown) => writeFileSync(ceremony.at(name), JSON.stringify(value))
const keyOf = (name: string) => verificationKeyFromZkey(readFileSync(ceremony.at(name)))

/** Both verifiers, each with the verification key as it reads it from the file itself, take the proof and no other signals. */
async function expectAccepted(keyName: string, proof: ReturnType<typeof fromSnarkjsProof>): Promise<void> {
  await snarkjs('zkey', 'export', 'verificationkey', keyName, 'vkey.json')
  writeJson('proof.json', toSnarkjsProof(proof))
  for (const [name, values] of [
    ['right.json', signals],
    ['wrong.json', [36n, 99n]],
  ] as const) {
    writeJson(name, values.map(String))
    const theirs = snarkjs('groth16', 'verify', 'vkey.json', name, 'proof.json')
    const isRight = name === 'right.json'
    if (isRight) await theirs
    else await assert.rejects(theirs, { name: 'ProcessFailedError' })
    assert.equal(verify(keyOf(keyName), values, proof), isRight)
  }
}

describe('interoperability with snarkjs', () => {
  for (const [title, name] of Object.entries(keys)) {
    for (const prover of provers) {
      it(`behavior: ${title}, proved here by ${prover}, verified by snarkjs and here`, async () => {
        const made = await prove({ zkeyPath: ceremony.at(name), witness, prover, limits: { threads: 1 } })

        assert.deepEqual(made.signals, signals)
        await expectAccepted(name, made.proof)
      })
    }

    it(`behavior: ${title}, proved by snarkjs' command from our witness file, verified by snarkjs and here`, async () => {
      await snarkjs('wtns', 'check', 'circuit.r1cs', 'witness.wtns')
      await snarkjs('groth16', 'prove', name, 'witness.wtns', 'theirs.json', 'public.json')

      assert.deepEqual(readJson('public.json'), signals.map(String))
      await expectAccepted(name, fromSnarkjsProof(readJson('theirs.json')))
    })

    it(`behavior: ${title} has the verification key that snarkjs exports`, async () => {
      await snarkjs('zkey', 'export', 'verificationkey', name, 'vkey.json')

      const exported = readJson('vkey.json')
      assert.ok(typeof exported === 'object' && exported !== null)
      const { vk_alphabeta_12: _, ...members } = exported as Record<string, unknown>
      assert.deepEqual(members, toSnarkjsKey(keyOf(name)))
    })
  }

  it('soundness: a proof for one key is none for another', async () => {
    const { proof } = await prove({ zkeyPath: ceremony.at('dev.zkey'), witness, limits: { threads: 1 } })

    assert.equal(verify(keyOf('sealed.zkey'), signals, proof), false)
    assert.equal(verify(keyOf('theirs.zkey'), signals, proof), false)
  })
})
