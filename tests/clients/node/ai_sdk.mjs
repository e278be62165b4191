// Vercel's AI SDK.
import { createOpenAI } from "@ai-sdk/openai";
import { Output, generateText, isStepCount, jsonSchema, streamText, tool } from "ai";
import { BASE_URL, KEY, MODEL, SCHEMA, TOOL, getBooking, tell } from "./telling.mjs";

// docs
const openai = createOpenAI({ baseURL: BASE_URL, apiKey: KEY });
const model = openai.chat(MODEL);
// end
const tools = {
  [TOOL.name]: tool({
    description: TOOL.description,
    inputSchema: jsonSchema(TOOL.parameters),
    execute: getBooking,
  }),
};

async function ask(prompt, name = MODEL) {
  return (await generateText({ model: openai.chat(name), prompt })).text;
}

async function* stream(prompt) {
  yield* streamText({ model, prompt }).textStream;
}

async function useTool(prompt) {
  return await streamText({ model, prompt, tools, stopWhen: isStepCount(2) }).text;
}

async function structured(prompt) {
  const output = Output.object({ schema: jsonSchema(SCHEMA), name: "limit" });
  return (await generateText({ model, prompt, output })).output;
}

async function cxai(prompt) {
  // docs
  const result = await generateText({ model, prompt });
  const decision = result.response.headers["x-cxai-decision"];
  // end
  return decision;
}

async function responses(prompt) {
  return (await generateText({ model: openai.responses(MODEL), prompt })).text;
}

async function* responsesStream(prompt) {
  yield* streamText({ model: openai.responses(MODEL), prompt }).textStream;
}

async function responsesTool(prompt) {
  const result = await generateText({ model: openai.responses(MODEL), prompt, tools, stopWhen: isStepCount(2) });
  return result.text;
}

await tell("ai", { ask, stream, useTool, structured, cxai, responses, responsesStream, responsesTool });
