"""`GET /deployment`: what a front end asks first (wacht-contract section 9)."""

from django.http import HttpRequest
from ninja import Router

from apiauth import deployments
from apiauth.api.outputs import Data, Deployment
from apiauth.api.surface import REFUSALS
from apiauth.http import guards, requests

router = Router(auth=guards.Anybody("is asked before there is a session"))


@router.get(
    "", response={200: Data[Deployment], **REFUSALS}, summary="Read the deployment"
)
def read(request: HttpRequest) -> Data[Deployment]:
    """Say where a front end is, and how its sessions travel.

    At the root this works while the server has one deployment.
    """
    deployment = deployments.addressed(requests.deployment_id(request))
    return Data(data=Deployment.of(deployment))
