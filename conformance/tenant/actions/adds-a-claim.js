exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://orders.example/desk', event.user.app_metadata.desk);
};
