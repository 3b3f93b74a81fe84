// The form of a trust file (docs/spec/trust.md): every member there, no other, each of its type and in its order.

const NAME = /^[^\s+\u0000-\u001f\u007f]{1,255}$/u;
const ADDRESS = /^[0-9a-f]{40}$/, HASH = /^[0-9a-f]{64}$/;
const TYPE = /^[A-Z][A-Z0-9_]{0,30}$/, CODE = /^[A-Z0-9][A-Z0-9-]{0,30}$/;
const POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/;
const KINDS = new Set(["chassis", "engine", "container"]);
const MOST = { validators: 128, number: 2 ** 32 - 1 };

/** Throws a `TypeError` for what has not the form of a trust file, however it is spelled. */
export function mustBeTrustFile(told) {
  must(named(told, "chain,cosigners,distrusted,formations,limits,logKeys,network,quorum,schema,statusKeys,subjects"));
  const { network, chain, limits, formations, subjects, distrusted } = told;
  must(named(network, "chainId,genesis,ledger,origin") && text(network.origin, NAME) && count(network.chainId, 1));
  must(text(network.genesis, HASH) && text(network.ledger, ADDRESS) && count(told.quorum, 0));
  must([told.logKeys, told.statusKeys, told.cosigners].every((keys) => Array.isArray(keys) && keys.every((key) => typeof key === "string")));
  must(named(chain, "consensus,validators") && list(chain.validators, validators) && ascending(chain.validators.map((one) => one.since)));
  must(chain.consensus === "none" ? chain.validators.length === 0 : chain.validators.length > 0 && ["qbft", "clique"].includes(chain.consensus));
  mustBeLimits(limits);
  must(list(formations, (one) => named(one, "code,kind,number") && text(one.code, CODE) && text(one.kind, TYPE) && count(one.number, 1, MOST.number)));
  must(ascending(formations.map((one) => one.number)));
  must(object(subjects) && Object.keys(subjects).every((name) => TYPE.test(name)));
  for (const fields of Object.values(subjects)) {
    must(list(fields, (one) => named(one, "kind,pointer") && KINDS.has(one.kind) && text(one.pointer, POINTER)));
  }
  must(list(distrusted, (one) => named(one, "key,since") && text(one.key, ADDRESS) && count(one.since, 0)));
  must(ascending(distrusted.map((one) => one.key)));
}

function mustBeLimits(limits) {
  must(object(limits) && (named(limits, "freshSeconds,usableSeconds") || named(limits, "freshSeconds,types,usableSeconds")));
  const types = limits.types ?? {};
  must(object(types) && (limits.types === undefined || Object.keys(types).length > 0) && Object.keys(types).every((name) => TYPE.test(name)));
  const both = ({ freshSeconds, usableSeconds }) => count(freshSeconds, 0) && count(usableSeconds, 0);
  must(both(limits) && Object.values(types).every((one) => named(one, "freshSeconds,usableSeconds") && both(one)));
}

function validators(one) {
  const addresses = one?.addresses;
  return named(one, "addresses,since") && count(one.since, 0) && list(addresses, (each) => text(each, ADDRESS)) &&
    addresses.length > 0 && addresses.length <= MOST.validators && ascending(addresses);
}

const object = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const named = (value, names) => object(value) && Object.keys(value).sort().join() === names;
const list = (value, each) => Array.isArray(value) && value.every(each);
const text = (value, pattern) => typeof value === "string" && pattern.test(value);
const count = (value, least, most = Number.MAX_SAFE_INTEGER) => Number.isSafeInteger(value) && value >= least && value <= most;
const ascending = (values) => values.every((value, at) => at === 0 || values[at - 1] < value);

function must(holds) {
  if (!holds) throw new TypeError("the trust file has not the form of one");
}
