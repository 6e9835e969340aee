/** Where a token is pasted, on a server that hands out no development tokens. */
export class TokenForm {
  #parts;

  constructor(parts) {
    this.#parts = parts;
  }

  ask({ sub, username }, use, problem = '') {
    const { tokenForm, token, tokenProblem, tokenCommand } = this.#parts;
    tokenCommand.textContent = `npm run token -- --sub ${sub} --username ${username}`;
    tokenProblem.textContent = problem;
    tokenForm.hidden = false;
    tokenForm.onsubmit = (event) => {
      event.preventDefault();
      use(token.value.trim());
      token.value = '';
    };
  }

  hide() {
    this.#parts.tokenForm.hidden = true;
  }
}
