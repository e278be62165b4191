// LangChain.js's ChatOpenAI.
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { BASE_URL, KEY, MODEL, SCHEMA, TOOL, getBooking, tell } from "./telling.mjs";

// docs
const provider = { apiKey: KEY, configuration: { baseURL: BASE_URL } };
const chat = new ChatOpenAI({ ...provider, model: MODEL, __includeRawResponse: true });
// end
const responding = new ChatOpenAI({ ...provider, model: MODEL, useResponsesApi: true });
const booking = tool(getBooking, { name: TOOL.name, description: TOOL.description, schema: TOOL.parameters });

async function ask(question, model = MODEL) {
  return (await new ChatOpenAI({ ...provider, model }).invoke(question)).text;
}

async function* streamed(by, question) {
  for await (const chunk of await by.stream(question)) yield chunk.text;
}

async function withTool(by, question) {
  const bound = by.bindTools([booking]);
  const messages = [{ role: "user", content: question }];
  const message = await bound.invoke(messages);
  messages.push(message);
  for (const call of message.tool_calls) messages.push(await booking.invoke(call));
  return (await bound.invoke(messages)).text;
}

async function structured(question) {
  return await chat.withStructuredOutput(SCHEMA, { name: "limit", method: "jsonSchema" }).invoke(question);
}

async function cxai(question) {
  // docs
  const answer = await chat.invoke(question);
  const { decision } = answer.additional_kwargs.__raw_response.cxai;
  // end
  return decision;
}

await tell("@langchain/openai", {
  ask,
  stream: (question) => streamed(chat, question),
  useTool: (question) => withTool(chat, question),
  structured,
  cxai,
  responses: async (question) => (await responding.invoke(question)).text,
  responsesStream: (question) => streamed(responding, question),
  responsesTool: (question) => withTool(responding, question),
});
