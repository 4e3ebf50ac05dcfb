/** A sealed ceremony takes no more contributions and no second seal. */
export class CeremonySealedError extends Error {
  override readonly name = 'CeremonySealedError'
  readonly cid: string

  constructor(cid: string) {
    super(`The ceremony ${cid} is sealed already; begin another one to contribute.`)
    this.cid = cid
  }
}

/** Nobody contributed, so anyone can forge with the key. */
export class CeremonyEmptyError extends Error {
  override readonly name = 'CeremonyEmptyError'
  readonly cid: string

  constructor(cid: string) {
    super(`Nobody has contributed to the ceremony ${cid}; run \`assay model contribute ${cid}\` first.`)
    this.cid = cid
  }
}

/** Only the account that began a ceremony seals it. */
export class NotCeremonyOwnerError extends Error {
  override readonly name = 'NotCeremonyOwnerError'
  readonly owner: string
  readonly account: string

  constructor({ owner, account }: { owner: string; account: string }) {
    super(`The ceremony is of ${owner} and the key is of ${account}; name the owner's key to seal it.`)
    this.owner = owner
    this.account = account
  }
}

/** A registered model's setup has nothing that could be verified. */
export class SetupUnverifiableError extends Error {
  override readonly name = 'SetupUnverifiableError'
  readonly kind: string

  constructor({ kind, reason }: { kind: string; reason: string }) {
    super(`The model's setup is \`${kind}\` and ${reason}; choose a model whose ceremony can be checked.`)
    this.kind = kind
  }
}
