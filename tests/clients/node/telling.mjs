// What every program asks, and how it tells what it saw: a line of JSON for each case, as python/telling.py does it.
import { readFileSync } from "node:fs";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const conversation = read("conversation.json");

export const { BASE_URL, KEY } = process.env;
export const MODEL = conversation.model;
export const TOOL = conversation.tool;
export const SCHEMA = conversation.structured.schema;
const SKIPPED = (process.env.SKIP ?? "").split(" ");
const { supported, invented, structured } = conversation;

// What a program brings: the cases that are made of it, and what it is called with in each.
const CASES = {
  ask: {
    whole: [supported.question],
    rewritten: [invented.question],
    error: [supported.question, conversation.unknown_model],
  },
  stream: { stream: [supported.question], rewritten_stream: [invented.question] },
  useTool: { tools: [TOOL.question] },
  structured: { structured: [structured.question] },
  cxai: { cxai: [invented.question] },
  cxaiStream: { cxai_stream: [invented.question] },
  responses: { responses: [invented.question] },
  responsesStream: { responses_stream: [invented.question] },
  responsesTool: { responses_tool: [TOOL.question] },
  complete: { completions: [supported.question] },
};

export const getBooking = ({ reference }) =>
  reference === TOOL.arguments.reference ? JSON.stringify(TOOL.result) : "no such booking";

// Tries each case, and prints what came of it. An async generator counts as the pieces of a stream.
export async function tell(packageName, brought) {
  const { version } = read(`node_modules/${packageName}/package.json`);
  console.log(JSON.stringify({ package: `${packageName} ${version}` }));
  for (const [name, bring] of Object.entries(brought)) {
    for (const [title, args] of Object.entries(CASES[name])) {
      const seen = SKIPPED.includes(title) ? { skipped: true } : await attempt(() => bring(...args));
      console.log(JSON.stringify({ case: title, ...seen }));
    }
  }
}

async function attempt(bring) {
  try {
    const saw = bring();
    return { saw: saw?.[Symbol.asyncIterator] ? await Array.fromAsync(saw) : await saw };
  } catch (error) {
    return { raised: error.name === "Error" ? error.constructor.name : error.name, message: error.message };
  }
}
