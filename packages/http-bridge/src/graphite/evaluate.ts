import { SisockError } from '@sisock/core';
import { quote } from '../plan/resolve.js';
import type { ArgumentValue, Environment, Param } from './function-types.js';
import { functions } from './functions.js';
import { type Expression, printExpression } from './parse.js';
import type { GraphiteSeries } from './samples.js';

/** A path pattern of a target, and how its series are wanted. */
export interface Leaf {
  readonly pattern: string;
  /** Seconds that its series are moved forward by. */
  readonly shift: number;
  /** True for means in regular steps, false for drawing. */
  readonly inSteps: boolean;
}

/** A target that was understood: what it needs, and what it makes of that. */
export interface Program {
  readonly leaves: readonly Leaf[];
  run(seriesOf: (leaf: Leaf) => readonly GraphiteSeries[], env: Omit<Environment, 'inSteps'>): GraphiteSeries[];
}

type Scope = Omit<Leaf, 'pattern'>;
type Run = (seriesOf: (leaf: Leaf) => readonly GraphiteSeries[], env: Omit<Environment, 'inSteps'>) => GraphiteSeries[];

/**
 * Checks a target against the functions there are, before anything is asked of a node.
 * @throws SisockError `bad_request` naming a function that is not there, or an argument that does not fit.
 */
export function compileTarget(target: Expression): Program {
  const leaves: Leaf[] = [];

  const compile = (expression: Expression, scope: Scope): Run => {
    if (expression.kind === 'string') {
      throw new SisockError('bad_request', `the text ${quote(expression.value)} is no series: a path is not quoted`);
    }
    if (expression.kind !== 'call') {
      const leaf = { ...scope, pattern: expression.text };
      leaves.push(leaf);
      return (seriesOf) => [...seriesOf(leaf)];
    }
    const { name, args } = expression;
    if (name === 'aliasSub') return compileGrafanaAlias(args, (inner) => compile(inner, scope));
    const called = functions.get(name);
    if (!called) throw unknownFunction(name);
    const { series, values } = sortArguments(name, called.params, args);
    const inner: Scope = {
      shift: scope.shift + (called.shift?.(values) ?? 0),
      inSteps: scope.inSteps || called.regular === true,
    };
    if (Math.abs(inner.shift) > 1e11) throw new SisockError('bad_request', `${name} shifts by more than 3000 years`);
    const first = leaves.length;
    const below = series.map((one) => compile(one, inner));
    const text = printExpression(expression);
    const path = leaves[first]?.pattern ?? text;
    return (seriesOf, env) =>
      called.apply(
        { name, text, path, values, lists: below.flatMap((run) => run(seriesOf, env)) },
        { ...env, inSteps: scope.inSteps },
      );
  };

  const run = compile(target, { shift: 0, inSteps: false });
  return { leaves, run };
}

function unknownFunction(name: string): SisockError {
  const there = [...functions.keys()].sort().join(', ');
  return new SisockError('bad_request', `there is no function ${quote(name)} here: there are ${there}`);
}

/**
 * Front ends of Grafana (12, while queries do not go through its back end) put every target into an aliasSub that adds
 * the query's letter to the name, and take the letter off again. That form is understood; what needs regular expressions
 * of others is not.
 */
function compileGrafanaAlias(args: readonly Expression[], compile: (inner: Expression) => Run): Run {
  const [inner, search, replacement] = args;
  const ending = replacement?.kind === 'string' ? /^\\1( \S+)$/.exec(replacement.value)?.[1] : undefined;
  if (args.length !== 3 || !inner || search?.kind !== 'string' || search.value !== '(^.*$)' || ending === undefined) {
    throw new SisockError(
      'bad_request',
      'aliasSub is understood only as Grafana adds it to a target, with "(^.*$)" and "\\1 A": use alias or aliasByNode',
    );
  }
  const run = compile(inner);
  return (seriesOf, env) => run(seriesOf, env).map((one) => ({ ...one, name: one.name + ending }));
}

interface Sorted {
  readonly series: readonly Expression[];
  readonly values: readonly (ArgumentValue | undefined)[];
}

function sortArguments(name: string, params: readonly Param[], args: readonly Expression[]): Sorted {
  const last = params.at(-1)!;
  const required = params.filter((param) => param.required).length;
  if (args.length < required || (args.length > params.length && !last.multiple)) {
    const list = params.map((param) => (param.required ? param.name : `[${param.name}]`)).join(', ');
    const many = last.multiple ? ', ...' : '';
    throw new SisockError('bad_request', `${name} takes (${list}${many}), not ${args.length} arguments`);
  }
  const series: Expression[] = [];
  const values: ArgumentValue[] = [];
  args.forEach((argument, i) => {
    const param = params[Math.min(i, params.length - 1)]!;
    if (isValue(param)) values.push(valueOf(name, param, argument));
    else series.push(argument);
  });
  return { series, values };
}

type ValueParam = Param & { readonly type: Exclude<Param['type'], 'seriesList' | 'seriesLists'> };

function isValue(param: Param): param is ValueParam {
  return param.type !== 'seriesList' && param.type !== 'seriesLists';
}

function valueOf(name: string, param: ValueParam, argument: Expression): ArgumentValue {
  const wrong = (what: string) =>
    new SisockError('bad_request', `${param.name} ${quote(printExpression(argument))} of ${name} is not ${what}`);
  switch (param.type) {
    case 'float':
      if (argument.kind === 'number') return argument.value;
      throw wrong('a number');
    case 'integer':
      if (argument.kind === 'number' && Number.isInteger(argument.value) && argument.value >= 0) return argument.value;
      throw wrong('a whole number from 0 on');
    case 'nodeOrTag':
      if (argument.kind === 'string') return argument.value;
      if (argument.kind === 'number' && Number.isInteger(argument.value)) return argument.value;
      throw wrong('a whole number or the quoted name of a tag');
    case 'boolean':
      if (argument.kind === 'boolean') return argument.value;
      throw wrong('true or false');
    case 'string':
    case 'interval':
      if (argument.kind === 'string') return argument.value;
      throw wrong('a quoted text');
  }
}
