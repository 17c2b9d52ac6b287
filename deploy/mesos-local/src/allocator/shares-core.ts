import { quantities, type Bundle } from '../resources/bundle-core.js';

/** What somebody holds of each scalar (thousandths), and the dominant share that follows from it. */
export interface Holding {
  readonly held: Map<string, number>;
  /** How often something was allocated: of two equal shares the one with fewer picks is first. */
  picks: number;
  share: number;
  /** The version of the totals that `share` was computed for; -1 = stale. */
  version: number;
}

/** One component of a role's path. */
export interface RoleNode {
  readonly path: string;
  readonly parent: RoleNode | null;
  readonly children: Map<string, RoleNode>;
  /** The role and everything below it. */
  readonly subtree: Holding;
  /** The role alone: competes with its children, with weight 1. */
  readonly own: Holding;
  readonly frameworks: Map<string, FrameworkShare>;
}

export interface FrameworkShare extends Holding {
  readonly frameworkId: string;
  subscribed: boolean;
}

/** Roles as a tree: shares are compared among siblings, so `a/b` and `a/c` divide what `a` gets. */
export interface RoleTree {
  readonly root: RoleNode;
  readonly nodes: Map<string, RoleNode>;
  readonly weights: Map<string, number>;
  readonly excluded: ReadonlySet<string>;
  /** Sum of all agents, thousandths by name. */
  readonly totals: Map<string, number>;
  version: number;
}

export const DEFAULT_WEIGHT = 1;

export function createTree(excluded: readonly string[]): RoleTree {
  const root = newNode('', null);
  return {
    root,
    nodes: new Map([['', root]]),
    weights: new Map(),
    excluded: new Set(excluded),
    totals: new Map(),
    version: 0,
  };
}

function newHolding(): Holding {
  return { held: new Map(), picks: 0, share: 0, version: -1 };
}

function newNode(path: string, parent: RoleNode | null): RoleNode {
  return {
    path,
    parent,
    children: new Map(),
    subtree: newHolding(),
    own: newHolding(),
    frameworks: new Map(),
  };
}

/** An agent came (`sign` 1) or went (-1). */
export function changeTotals(tree: RoleTree, total: Bundle, sign: 1 | -1): void {
  change(tree.totals, quantities(total), sign);
  tree.version++;
}

export function setWeight(tree: RoleTree, role: string, weight: number): void {
  tree.weights.set(role, weight);
  tree.version++;
}

export function subscribe(tree: RoleTree, role: string, frameworkId: string): void {
  shareOf(nodeOf(tree, role), frameworkId).subscribed = true;
}

export function unsubscribe(tree: RoleTree, role: string, frameworkId: string): void {
  const node = tree.nodes.get(role);
  const share = node?.frameworks.get(frameworkId);
  if (node === undefined || share === undefined) return;
  share.subscribed = false;
  tidy(tree, node, share);
}

/** Books what was given to (1) or taken back from (-1) a framework; each item's role is the one it is allocated to. */
export function book(tree: RoleTree, frameworkId: string, resources: Bundle, sign: 1 | -1): void {
  const first = resources[0]?.kind.allocatedTo ?? '*';
  if (resources.every((item) => (item.kind.allocatedTo ?? '*') === first)) {
    if (resources.length > 0) bookRole(tree, frameworkId, first, resources, sign);
    return;
  }
  for (const role of new Set(resources.map((item) => item.kind.allocatedTo ?? '*'))) {
    const ofRole = resources.filter((item) => (item.kind.allocatedTo ?? '*') === role);
    bookRole(tree, frameworkId, role, ofRole, sign);
  }
}

function bookRole(tree: RoleTree, frameworkId: string, role: string, resources: Bundle, sign: 1 | -1): void {
  const amounts = quantities(resources);
  const leaf = nodeOf(tree, role);
  const share = shareOf(leaf, frameworkId);
  move(share, amounts, sign);
  move(leaf.own, amounts, sign);
  for (let node: RoleNode | null = leaf; node !== null; node = node.parent) move(node.subtree, amounts, sign);
  tidy(tree, leaf, share);
}

function move(holding: Holding, amounts: ReadonlyMap<string, number>, sign: 1 | -1): void {
  change(holding.held, amounts, sign);
  if (sign === 1) holding.picks++;
  holding.version = -1;
}

function change(sums: Map<string, number>, amounts: ReadonlyMap<string, number>, sign: 1 | -1): void {
  for (const [name, amount] of amounts) {
    const sum = (sums.get(name) ?? 0) + sign * amount;
    if (sum === 0) sums.delete(name);
    else sums.set(name, sum);
  }
}

function nodeOf(tree: RoleTree, role: string): RoleNode {
  const known = tree.nodes.get(role);
  if (known !== undefined) return known;
  const slash = role.lastIndexOf('/');
  const parent = slash < 0 ? tree.root : nodeOf(tree, role.slice(0, slash));
  const node = newNode(role, parent);
  parent.children.set(role, node);
  tree.nodes.set(role, node);
  return node;
}

function shareOf(node: RoleNode, frameworkId: string): FrameworkShare {
  const known = node.frameworks.get(frameworkId);
  if (known !== undefined) return known;
  const share: FrameworkShare = { ...newHolding(), frameworkId, subscribed: false };
  node.frameworks.set(frameworkId, share);
  return share;
}

/** Who neither is subscribed nor holds anything is forgotten, and so is a role that nobody is left in. */
function tidy(tree: RoleTree, leaf: RoleNode, share: FrameworkShare): void {
  if (!share.subscribed && share.held.size === 0) leaf.frameworks.delete(share.frameworkId);
  for (let node = leaf; node.parent !== null; node = node.parent) {
    if (node.frameworks.size > 0 || node.children.size > 0) return;
    node.parent.children.delete(node.path);
    tree.nodes.delete(node.path);
  }
}

/** The largest fraction that is held of any scalar; 0 to 1, not weighted. */
export function dominantShare(tree: RoleTree, holding: Holding): number {
  if (holding.version === tree.version) return holding.share;
  let share = 0;
  for (const [name, held] of holding.held) {
    const total = tree.totals.get(name) ?? 0;
    if (total > 0 && !tree.excluded.has(name)) share = Math.max(share, held / total);
  }
  holding.share = share;
  holding.version = tree.version;
  return share;
}

/** Dominant share of a role with everything below it; 0 for a role that nobody is in. */
export function roleShare(tree: RoleTree, role: string): number {
  const node = tree.nodes.get(role);
  return node === undefined ? 0 : dominantShare(tree, node.subtree);
}

interface Contender {
  readonly node: RoleNode;
  /** The role itself, not what is below it. */
  readonly itself: boolean;
  readonly weighted: number;
  readonly picks: number;
}

/** Roles that have frameworks, those with the smallest weighted share first; siblings are compared with each other only. */
export function sortedRoles(tree: RoleTree): readonly RoleNode[] {
  const sorted: RoleNode[] = [];
  if (tree.root.children.size > 0) visit(tree, tree.root, sorted);
  return sorted;
}

function visit(tree: RoleTree, node: RoleNode, into: RoleNode[]): void {
  if (node.children.size === 0) {
    into.push(node);
    return;
  }
  const contenders: Contender[] = [];
  for (const child of node.children.values()) {
    const weight = tree.weights.get(child.path) ?? DEFAULT_WEIGHT;
    const weighted = dominantShare(tree, child.subtree) / weight;
    contenders.push({ node: child, itself: false, weighted, picks: child.subtree.picks });
  }
  if (node.frameworks.size > 0) {
    const weighted = dominantShare(tree, node.own);
    contenders.push({ node, itself: true, weighted, picks: node.own.picks });
  }
  if (contenders.length > 1) contenders.sort(smallestFirst);
  for (const contender of contenders) {
    if (contender.itself) into.push(contender.node);
    else visit(tree, contender.node, into);
  }
}

function smallestFirst(a: Contender, b: Contender): number {
  return a.weighted - b.weighted || a.picks - b.picks || (a.node.path < b.node.path ? -1 : 1);
}

/** Frameworks that are subscribed to a role, those with the smallest share first. */
export function sortedFrameworks(tree: RoleTree, node: RoleNode): readonly FrameworkShare[] {
  const shares = [...node.frameworks.values()].filter((share) => share.subscribed);
  return shares.length < 2
    ? shares
    : shares.sort(
        (a, b) =>
          dominantShare(tree, a) - dominantShare(tree, b) ||
          a.picks - b.picks ||
          (a.frameworkId < b.frameworkId ? -1 : 1),
      );
}
