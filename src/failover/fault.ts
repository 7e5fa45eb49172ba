import type { ErrorBody } from './error-body.ts';

/**
 * What an error's words say beyond its status. `test/failover/fault.test.ts` has the messages that each pattern was
 * written for.
 */
export type Fault =
  /** The account has no money left. */
  | 'money'
  /** The key is wrong, or is missing. */
  | 'key'
  /** The host has no such model, or the key may not use it. */
  | 'model'
  /** A limit of the account's plan. */
  | 'limit'
  /** The model wrote a call that its host could not read: the same request may succeed next time. */
  | 'call';

const MONEY =
  /insufficient[ _](?:balance|credits?|quota|funds)|(?:balance|credits?)\b.{0,30}(?:exhausted|not enough|insufficient|too low|depleted|used up)|used all (?:available|your)\b.{0,20}credits|out of (?:credits?|budget)|not enough (?:credits?|balance)|negative balance|credit limit exceeded|monthly (?:included credits|spending limit)|recharge|in arrears|overdue (?:balance|payment)|good standing|resource package|payment required|exceeded your current quota, please check your plan and billing|余额不足|欠费|请.{0,4}充值/i;

/** z.ai: account inactive, locked, without balance, plan expired (docs.z.ai, error codes); Alibaba, Volcengine, Novita. */
const MONEY_CODES: ReadonlySet<string> = new Set([
  '1110',
  '1112',
  '1113',
  '1309',
  'insufficient_quota',
  'billing_error',
  'insufficient_balance',
  'Arrearage',
  'AccountOverdueError',
  'NOT_ENOUGH_BALANCE',
]);

const KEY =
  /(?:incorrect|invalid|wrong|missing|expired|unknown|malformed|revoked|disabled)\b.{0,12}\b(?:api[ _-]?key|access token|auth\w* token|bearer token|credentials?)|api[ _-]?key\b.{0,12}\b(?:not valid|is invalid|incorrect|expired|missing|not found|required|disabled|revoked|is wrong|does not exist)|auth\w* token\b.{0,12}expired|authentication (?:failed|fails|parameter not received)|no (?:api key|auth credentials)|(?:无效|错误|过期).{0,6}(?:令牌|密钥|api ?key)|(?:令牌|密钥|api ?key).{0,6}(?:无效|错误|过期)/i;
const KEY_CODES: ReadonlySet<string> = new Set(['invalid_api_key', 'API_KEY_INVALID', 'InvalidApiKey']);
/** A user's tool may have a parameter of that name: then the schema is wrong, not the model. */
const ABOUT_SCHEMA = /schema|propert|parameter|function|tools?\b|\bfield/i;

const MODEL =
  /\bmodels?\b[^.]{0,80}?\b(?:not (?:found|exist|supported|available|accessible|valid|a valid)|does ?n[o']t exist|no longer (?:available|supported)|is (?:unknown|invalid)|(?:been )?(?:deprecated|decommissioned|retired))|(?:unknown|invalid|unsupported|no such|not found the|not a valid|unable to access(?: the)?|do(?:es)? not have access to(?: the)?) model\b|not a valid model id|模型.{0,12}(?:不存在|未找到|不支持)/i;
const MODEL_CODES: ReadonlySet<string> = new Set([
  'model_not_found',
  'model_not_exist',
  'model_not_available',
  'model_decommissioned',
  'invalid_model',
  'ModelNotFound',
  'DeploymentNotFound',
  'InvalidEndpointOrModel.NotFound',
  '1211',
]);
/** "This model does not support …": the model is there, a parameter is not. */
const ABOUT_PARAMETER =
  /\b(?:does|do) not support\b|supported by this model|support(?:ed)? (?:for|with|in) (?:this|the) model/i;

const LIMIT =
  /(?:usage|rate|request|token|plan|session|weekly|daily|monthly)[ _-](?:limit|quota)\b.{0,40}(?:reached|exceeded|exhausted)|(?:reached|exceeded|exhausted)\b.{0,40}\b(?:usage|rate|plan|session|weekly|daily|monthly)[ _-]?(?:limit|quota)|quota (?:has been |is )?(?:exceeded|exhausted)/i;

/** Groq (console.groq.com, errors). */
const CALL_CODES: ReadonlySet<string> = new Set(['tool_use_failed', 'output_parse_failed', 'json_validate_failed']);
const CALL =
  /failed to call a function|failed_generation|(?:model|it) (?:generated|produced) an? (?:invalid|malformed) (?:tool|function) call/i;

export function isAboutMoney(body: ErrorBody): boolean {
  return has(MONEY_CODES, body) || MONEY.test(body.message);
}

/** What an error's words and codes say beyond its status; undefined where they add nothing. */
export function faultOf(body: ErrorBody, status: number): Fault | undefined {
  if (isAboutMoney(body)) return 'money';
  const refuses = status < 500 && status !== 429;
  if (has(CALL_CODES, body) || CALL.test(body.message)) return 'call';
  if (status === 401 || has(KEY_CODES, body) || (KEY.test(body.message) && !ABOUT_SCHEMA.test(body.message)))
    return 'key';
  if (!refuses) return undefined;
  if (has(MODEL_CODES, body) || (MODEL.test(body.message) && !ABOUT_PARAMETER.test(body.message))) return 'model';
  return LIMIT.test(body.message) ? 'limit' : undefined;
}

function has(codes: ReadonlySet<string>, { code, type }: ErrorBody): boolean {
  return codes.has(code) || codes.has(type);
}
