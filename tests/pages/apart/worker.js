import { client } from './client.js';

await client(self.name);
