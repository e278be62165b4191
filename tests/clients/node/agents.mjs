// OpenAI's Agents SDK for JavaScript.
import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, run, tool } from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
import { BASE_URL, KEY, MODEL, TOOL, getBooking, tell } from "./telling.mjs";

// docs
const client = new OpenAI({ baseURL: BASE_URL, apiKey: KEY });
const agent = new Agent({ name: "chatbot", model: new OpenAIChatCompletionsModel(client, MODEL) });
// end
const responding = new OpenAIResponsesModel(client, MODEL);
const booking = tool({
  name: TOOL.name,
  description: TOOL.description,
  parameters: z.object({ reference: z.string() }),
  execute: getBooking,
});
const Limit = z.object({ limit_kg: z.number().int(), sentence: z.string() });

async function said(by, question) {
  return (await run(by, question)).finalOutput;
}

async function* streamed(by, question) {
  yield* (await run(by, question, { stream: true })).toTextStream();
}

await tell("@openai/agents", {
  ask: (question, model = MODEL) =>
    said(agent.clone({ model: new OpenAIChatCompletionsModel(client, model) }), question),
  stream: (question) => streamed(agent, question),
  useTool: (question) => said(agent.clone({ tools: [booking] }), question),
  structured: (question) => said(agent.clone({ outputType: Limit }), question),
  responses: (question) => said(agent.clone({ model: responding }), question),
  responsesStream: (question) => streamed(agent.clone({ model: responding }), question),
  responsesTool: (question) => said(agent.clone({ model: responding, tools: [booking] }), question),
});
