/** Language models next to the application: `oro:ai`. */

import chat from './ai/chat.js';
import llm from './ai/llm.js';
import { args } from './internal/runtime.js';

export { Chat, ChatMessageEvent, Message, Session } from './ai/chat.js';
export { Context, LoRA, LoRAAttachment, Model } from './ai/llm.js';
export { chat, llm };

/**
 * The address of the model server of this application, to which only its own pages get. Clients of
 * OpenAI's interface take it as their base:
 * `new OpenAI({ baseURL: ai.baseURL, apiKey: 'none', dangerouslyAllowBrowser: true })`.
 */
export const baseURL = `${serverURL()}/v1`;

function serverURL(): string {
  const { bundle, config } = args();
  const prefix = String(config?.['ai_llm_server_prefix'] ?? '/ai/llama');
  return `oro://${bundle}${prefix.replace(/\/+$/, '')}`;
}

/** How the model server is. */
export async function health(): Promise<any> {
  return (await fetch(`${serverURL()}/health`)).json();
}

export default { ...llm, ...chat, baseURL, chat, health, llm };
