import { auth0 } from '../../lib/auth0';

export default async function handler(req, res) {
  const fetcher = await auth0.createFetcher(req, { baseUrl: process.env.APP_API });
  const response = await fetcher.fetchWithAuth('/orders');
  res.json({ status: response.status, body: await response.json() });
}
