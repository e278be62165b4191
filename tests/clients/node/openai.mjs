// openai-node.
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { BASE_URL, KEY, MODEL, TOOL, getBooking, tell } from "./telling.mjs";

// docs
const client = new OpenAI({ baseURL: BASE_URL, apiKey: KEY });
// end
const Limit = z.object({ limit_kg: z.number().int(), sentence: z.string() });
const { name, description, parameters } = TOOL;
const asked = (question) => [{ role: "user", content: question }];

async function ask(question, model = MODEL) {
  const answer = await client.chat.completions.create({ model, messages: asked(question) });
  return answer.choices[0].message.content;
}

async function* stream(question) {
  const chunks = await client.chat.completions.create({ model: MODEL, messages: asked(question), stream: true });
  for await (const chunk of chunks) {
    yield chunk.choices[0].delta.content ?? ""; // as many programs do, without asking whether it is there
  }
}

// The client's own loop around tools, which checks what it gets.
async function useTool(question) {
  const runner = client.chat.completions.runTools({
    model: MODEL,
    messages: asked(question),
    stream: true,
    tools: [{ type: "function", function: { name, description, parameters, parse: JSON.parse, function: getBooking } }],
  });
  return await runner.finalContent();
}

async function structured(question) {
  const answer = await client.chat.completions.parse({
    model: MODEL,
    messages: asked(question),
    response_format: zodResponseFormat(Limit, "limit"),
  });
  return answer.choices[0].message.parsed;
}

async function cxai(question) {
  // docs
  const answer = await client.chat.completions.create({ model: MODEL, messages: asked(question) });
  const { decision } = answer.cxai;
  // end
  return decision;
}

async function cxaiStream(question) {
  const chunks = await client.chat.completions.create({ model: MODEL, messages: asked(question), stream: true });
  let last;
  for await (const chunk of chunks) last = chunk;
  return last.cxai.decision;
}

async function responses(question) {
  return (await client.responses.create({ model: MODEL, input: question })).output_text;
}

async function* responsesStream(question) {
  for await (const event of client.responses.stream({ model: MODEL, input: question })) {
    if (event.type === "response.output_text.delta") yield event.delta;
  }
}

async function responsesTool(question) {
  const tools = [{ type: "function", name, description, parameters, strict: true }];
  const input = asked(question);
  const answer = await client.responses.create({ model: MODEL, input, tools });
  input.push(...answer.output);
  for (const item of answer.output.filter((item) => item.type === "function_call")) {
    const output = getBooking(JSON.parse(item.arguments));
    input.push({ type: "function_call_output", call_id: item.call_id, output });
  }
  return (await client.responses.create({ model: MODEL, input, tools })).output_text;
}

async function complete(prompt) {
  return (await client.completions.create({ model: MODEL, prompt })).choices[0].text;
}

await tell("openai", {
  ask,
  stream,
  useTool,
  structured,
  cxai,
  cxaiStream,
  responses,
  responsesStream,
  responsesTool,
  complete,
});
