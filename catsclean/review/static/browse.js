export class Browse { constructor() {} open() {} }
