import { auth0 } from '../lib/auth0';

export async function getServerSideProps({ req }) {
  const session = await auth0.getSession(req);
  return { props: { email: session?.user.email ?? null } };
}

export default function Page({ email }) {
  return email ? <main data-email={email} /> : <a href="/auth/login">Sign in</a>;
}
