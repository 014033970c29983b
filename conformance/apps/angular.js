// An Angular app as its SDK's documents show it, compiled in the browser. It says what it sees, and lends its SDK to the
// test.
import '@angular/compiler';
import { Component, inject } from '@angular/core';
import { AsyncPipe } from '@angular/common';
import { bootstrapApplication } from '@angular/platform-browser';
import { firstValueFrom } from 'rxjs';
import { AuthService, provideAuth0 } from '@auth0/auth0-angular';

const App = Component({
  selector: '#root',
  imports: [AsyncPipe],
  template: `<main [attr.data-loading]="sdk.isLoading$ | async" [attr.data-in]="sdk.isAuthenticated$ | async"
    [attr.data-email]="(sdk.user$ | async)?.email" [attr.data-error]="(sdk.error$ | async)?.message"></main>`,
})(class {
  sdk = inject(AuthService);

  constructor() {
    const { sdk } = this;
    window.sdk = {
      login: (options) => firstValueFrom(sdk.loginWithRedirect(options), { defaultValue: undefined }),
      logout: (options) => firstValueFrom(sdk.logout(options), { defaultValue: undefined }),
      token: (options) => firstValueFrom(sdk.getAccessTokenSilently(options)),
      fetcher: (options) => sdk.createFetcher(options),
      setNonce: (nonce, id) => firstValueFrom(sdk.setDpopNonce(nonce, id), { defaultValue: undefined }),
    };
  }
});

bootstrapApplication(App, { providers: [provideAuth0(window.config)] });
