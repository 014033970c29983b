import { auth0 } from '../../../lib/auth0';

/** Calls the API by a fetcher; `?dpop=off` is one that was told to have none. */
export async function GET(request) {
  const off = request.nextUrl.searchParams.get('dpop') === 'off';
  const fetcher = await auth0.createFetcher(undefined, { baseUrl: process.env.APP_API, ...(off && { useDPoP: false }) });
  try {
    const response = await fetcher.fetchWithAuth('/orders');
    return Response.json({ status: response.status, body: await response.json() });
  } catch (error) {
    return Response.json({ status: error.cause?.status ?? error.response?.status, error: String(error) });
  }
}
