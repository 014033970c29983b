import { auth0 } from '../lib/auth0';

export const dynamic = 'force-dynamic';

export default async function Page() {
  const session = await auth0.getSession();
  if (!session) return <a href="/auth/login">Sign in</a>;
  return <main data-email={session.user.email}><a href="/auth/logout">Sign out</a></main>;
}
