"""Who people are: users, their roles, sessions and tokens, and the keys that access tokens are signed with.

Owns: User (key `id`). Events out: UserRegistered, UserSignedIn. Events in: none.
"""
