"""Use cases of accounts.

What takes long (hashing a password) happens before a unit of work begins: `prepare_*` does it and answers a value
that the use case proper takes. Nobody waits for the database meanwhile.
"""

from entrepot.subgraphs.accounts.service.change_password import (
    ChangePassword,
    PasswordChange,
    change_password,
    prepare_password_change,
)
from entrepot.subgraphs.accounts.service.guest_carts import SignInGuestCart
from entrepot.subgraphs.accounts.service.log_in import Login, SignIn, log_in, prepare_login
from entrepot.subgraphs.accounts.service.log_out import Logout, log_out
from entrepot.subgraphs.accounts.service.prune import prune
from entrepot.subgraphs.accounts.service.refresh import Refresh, refresh
from entrepot.subgraphs.accounts.service.register import (
    Register,
    Registration,
    create_user,
    prepare_registration,
    register,
    sign_in_again,
)
from entrepot.subgraphs.accounts.service.roles import GrantRole, RevokeRole, grant_role, revoke_role
from entrepot.subgraphs.accounts.service.sessions import SignedIn, Unit

__all__ = [
    "ChangePassword",
    "GrantRole",
    "Login",
    "Logout",
    "PasswordChange",
    "Refresh",
    "Register",
    "Registration",
    "RevokeRole",
    "SignIn",
    "SignInGuestCart",
    "SignedIn",
    "Unit",
    "change_password",
    "create_user",
    "grant_role",
    "log_in",
    "log_out",
    "prepare_login",
    "prepare_password_change",
    "prepare_registration",
    "prune",
    "refresh",
    "register",
    "revoke_role",
    "sign_in_again",
]
