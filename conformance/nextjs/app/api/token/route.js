import { auth0 } from '../../../lib/auth0';

/** What the test wants to see of the session; no app would show it. */
export async function GET(request) {
  const refresh = request.nextUrl.searchParams.has('refresh');
  const { token } = await auth0.getAccessToken({ refresh });
  const { tokenSet } = await auth0.getSession();
  return Response.json({ token, refreshToken: tokenSet.refreshToken });
}
