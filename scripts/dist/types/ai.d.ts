declare module 'oro:ai' {
/** Language models next to the application: `oro:ai`. */
import chat from 'oro:ai/chat';
import llm from 'oro:ai/llm';
export { Chat, ChatMessageEvent, Message, Session } from 'oro:ai/chat';
export { Context, LoRA, LoRAAttachment, Model } from 'oro:ai/llm';
export { chat, llm };
/**
 * The address of the model server of this application, to which only its own pages get. Clients of
 * OpenAI's interface take it as their base:
 * `new OpenAI({ baseURL: ai.baseURL, apiKey: 'none', dangerouslyAllowBrowser: true })`.
 */
export const baseURL: string;
/** How the model server is. */
export function health(): Promise<any>;
const _default: {
    Context: typeof import("oro:ai").Context;
    LoRA: typeof import("oro:ai").LoRA;
    LoRAAttachment: typeof import("oro:ai").LoRAAttachment;
    Model: typeof import("oro:ai").Model;
    Chat: typeof import("oro:ai").Chat;
    ChatMessageEvent: typeof import("oro:ai").ChatMessageEvent;
    Message: typeof import("oro:ai").Message;
    Session: typeof import("oro:ai").Session;
    baseURL: string;
    chat: {
        Chat: typeof import("oro:ai").Chat;
        ChatMessageEvent: typeof import("oro:ai").ChatMessageEvent;
        Message: typeof import("oro:ai").Message;
        Session: typeof import("oro:ai").Session;
    };
    health: typeof health;
    llm: {
        Context: typeof import("oro:ai").Context;
        LoRA: typeof import("oro:ai").LoRA;
        LoRAAttachment: typeof import("oro:ai").LoRAAttachment;
        Model: typeof import("oro:ai").Model;
    };
};
export default _default;
}
