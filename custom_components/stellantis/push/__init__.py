"""Push notifications: the account's callback, the webhook behind it, and when polling may rely on push."""
