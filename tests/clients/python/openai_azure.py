"""openai-python's AzureOpenAI."""

from openai import AzureOpenAI
from openai_parts import parts
from telling import BASE_URL, KEY, installed, tell

# docs
client = AzureOpenAI(azure_endpoint=BASE_URL.removesuffix("/v1"), api_key=KEY, api_version="2024-10-21")
# end

tell(installed("openai"), **parts(client))
